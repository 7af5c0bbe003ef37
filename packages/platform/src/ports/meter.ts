import type { QueueName } from "./job-queue.ts";

export type WorkOutcome = "done" | "failed" | "cancelled" | "given_back";

/**
 * Counts what a process works on; whoever works reports to it as it goes, and nothing waits for it. Labels are of few values:
 * no ids, no names that users chose.
 */
export interface Meter {
  /** A job came to its end here. @param seconds  since it was submitted */
  job(outcome: "completed" | "failed" | "cancelled", queue: QueueName, seconds: number): void;
  /** A range of units was worked on. @param seconds  of work on it */
  range(outcome: WorkOutcome, queue: QueueName, seconds: number): void;
  /** A unit was computed. @param seconds  on its thread */
  unit(outcome: "done" | "failed", seconds: number): void;
  /** A call that found something away and will be tried again. */
  retry(dependency: string): void;
}

export const silentMeter: Meter = { job: () => undefined, range: () => undefined, unit: () => undefined, retry: () => undefined };
