import type { Db } from "./database/db.ts";
import type { JobQueue, QueueName } from "./ports/job-queue.ts";
import type { JobRange } from "./schema.ts";
import { markSent, markUnsent } from "./stores/ranges.ts";

type Sendable = Pick<JobRange, "jobId" | "range" | "turn">;

/**
 * Hands ranges to their queue, one after another. The rows are the truth: what cannot be handed over is marked and sent by the next
 * reconciler.
 * @throws what the first refusal said, after the rest was marked
 */
export async function sendRanges(db: Db, queue: JobQueue, name: QueueName, ranges: readonly Sendable[]): Promise<void> {
  for (const [at, range] of ranges.entries()) {
    try {
      const messageId = await queue.send(name, { jobId: range.jobId, range: range.range }, range.turn);
      await markSent(db, range, messageId);
    } catch (error) {
      await markUnsent(db, ranges.slice(at));
      throw error;
    }
  }
}
