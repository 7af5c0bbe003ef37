import { jobTopic } from "@omicselector2/contracts";
import type { Job } from "@omicselector2/platform";
import type { FastifyBaseLogger } from "fastify";
import type { Services } from "../http.ts";

/** A job was cancelled, as its row says already: whoever works on it stops, whoever watches it hears. No request waits for that. */
export function announceEnd({ platform }: Services, job: Job, log: FastifyBaseLogger): void {
  const quietly = (error: unknown) =>
    log.warn({ err: error, job: job.id }, "a cancelled job could not be announced; its worker finds out itself");
  platform.queue.cancel(job.id).catch(quietly);
  platform.events.publish(jobTopic(job.id), String(job.eventSeq)).catch(quietly);
}
