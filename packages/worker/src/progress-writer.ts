import { setTimeout as sleep } from "node:timers/promises";
import { countUnits, type Db, type JobEvent, progressDue, setProgress, type UnitTotals } from "@omicselector2/platform";

export interface ProgressWriterOptions {
  readonly db: Db;
  readonly jobId: string;
  readonly onEvent: (event: JobEvent) => Promise<void>;
  /** between two events of a job, whichever worker writes them */
  readonly leastMs: number;
  readonly now?: () => number;
}

/** Counting the units of a job with more than so many is done less often: it is the database that counts. */
const MANY_UNITS = 5000;

/**
 * Writes how far a job is into its row: units done by all workers, the time left, and what this worker does now. As often as allowed,
 * one write after another; what cannot be written is lost, the next one says it again.
 */
export class ProgressWriter {
  readonly #options: ProgressWriterOptions;
  #message: string | undefined;
  #writing: Promise<void> | undefined;
  #ended = false;
  /** when this worker first counted, and what was done by then: the job may have waited for hours before */
  #first: { at: number; costDone: number } | undefined;

  constructor(options: ProgressWriterOptions) {
    this.#options = options;
  }

  say(message: string): void {
    if (this.#ended) return;
    this.#message = message;
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Nothing is written after this. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#writing;
  }

  async #drain(): Promise<void> {
    const { leastMs } = this.#options;
    while (this.#message !== undefined && !this.#ended) {
      const message = this.#message;
      this.#message = undefined;
      const units = await this.#write(message).catch(() => 0);
      if (!this.#ended) await sleep(units > MANY_UNITS ? 4 * leastMs : leastMs);
    }
  }

  /** @returns how many units the job has, 0 when nothing was written */
  async #write(message: string): Promise<number> {
    const { db, jobId, leastMs, onEvent } = this.#options;
    const due = await progressDue(db, jobId, leastMs);
    if (due === "gone") this.#ended = true;
    if (due === "early") this.#message ??= message;
    if (due !== "due") return 0;
    const totals = await countUnits(db, jobId);
    const progress = totals.total === 0 ? 0 : (100 * totals.done) / totals.total;
    const written = await setProgress(db, jobId, { progress, message, etaSeconds: this.#eta(totals) }, leastMs);
    if (written === undefined) this.#message ??= message;
    else await onEvent(written.event);
    return totals.total;
  }

  /** By the pace of all workers since this one began; null before anything was done in that time. */
  #eta({ costDone, costLeft }: UnitTotals): number | null {
    const now = (this.#options.now ?? (() => performance.now()))();
    this.#first ??= { at: now, costDone };
    const done = costDone - this.#first.costDone;
    return done > 0 ? ((now - this.#first.at) / 1000) * (costLeft / done) : null;
  }
}
