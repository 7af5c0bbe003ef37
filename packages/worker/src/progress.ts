import type { ExecutorJob, StudyUnit } from "@omicselector2/platform";

/** Counts units and estimates the time left from the costs of what was done and what is to be done. */
export class Progress {
  readonly #report: ExecutorJob["onProgress"];
  readonly #total: number;
  readonly #now: () => number;
  readonly #started: number;
  #done: number;
  #costDone = 0;
  #costLeft: number;

  /** @param left  units still to be run of `total`; `now` in milliseconds */
  constructor(report: ExecutorJob["onProgress"], total: number, left: readonly StudyUnit[], now: () => number = () => performance.now()) {
    this.#report = report;
    this.#total = total;
    this.#done = total - left.length;
    this.#costLeft = left.reduce((sum, unit) => sum + unit.cost, 0);
    this.#now = now;
    this.#started = now();
  }

  start(message: string): void {
    this.#report({ done: this.#done, total: this.#total, etaSeconds: null, message });
  }

  unitDone(unit: StudyUnit): void {
    this.#done++;
    this.#costDone += unit.cost;
    this.#costLeft -= unit.cost;
    const elapsed = (this.#now() - this.#started) / 1000;
    const eta = this.#costDone > 0 ? (elapsed * Math.max(0, this.#costLeft)) / this.#costDone : null;
    this.#report({ done: this.#done, total: this.#total, etaSeconds: eta, message: unit.label });
  }
}
