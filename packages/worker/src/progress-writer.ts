import { type Db, type ExecutorJob, type JobEvent, setProgress } from "@omicselector2/platform";

type Now = Parameters<ExecutorJob["onProgress"]>[0];

export interface ProgressWriterOptions {
  readonly db: Db;
  readonly jobId: string;
  readonly onEvent: (event: JobEvent) => Promise<void>;
  /** the job does not run any more: somebody cancelled it */
  readonly onGone: () => void;
}

/** Least time between two events of a job. */
const LEAST_MS = 250;

/** Writes the latest progress into the job's row, at most four times a second, one write after another. */
export class ProgressWriter {
  readonly #options: ProgressWriterOptions;
  #latest: Now | undefined;
  #writing: Promise<void> | undefined;
  #ended = false;

  constructor(options: ProgressWriterOptions) {
    this.#options = options;
  }

  set(now: Now): void {
    if (this.#ended) return;
    this.#latest = now;
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Nothing is written after this. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#latest = undefined;
    await this.#writing;
  }

  async #drain(): Promise<void> {
    while (this.#latest !== undefined) {
      const now = this.#latest;
      this.#latest = undefined;
      await this.#write(now);
      if (!this.#ended) await new Promise((resolve) => setTimeout(resolve, LEAST_MS));
    }
  }

  async #write({ done, total, etaSeconds, message }: Now): Promise<void> {
    const { db, jobId, onEvent, onGone } = this.#options;
    const progress = total === 0 ? 0 : (100 * done) / total;
    try {
      const written = await setProgress(db, jobId, { progress, message, etaSeconds });
      if (written === undefined) onGone();
      else await onEvent(written.event);
    } catch (error) {
      // Progress may be lost, the job goes on: its end is written by somebody who checks.
      process.emitWarning(`progress of job ${jobId} could not be written: ${error instanceof Error ? error.message : error}`);
    }
  }
}
