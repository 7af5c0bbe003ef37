import { type Db, type DoneUnit, type Marked, markUnitsDone } from "@omicselector2/platform";
import { LeaseLost } from "./faults.ts";
import { persistently } from "./lost-service.ts";

export interface UnitMarksOptions {
  readonly db: Db;
  readonly jobId: string;
  readonly signal: AbortSignal;
  /** a unit gave another output than before */
  readonly onDifferent: (unitId: string) => void;
}

/** Marks units as done, many by one statement: what comes while one is under way goes with the next. */
export class UnitMarks {
  readonly #options: UnitMarksOptions;
  #batch: { units: DoneUnit[]; marked: Promise<void> } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: UnitMarksOptions) {
    this.#options = options;
  }

  /** @throws LeaseLost  when the job has ended */
  async add(unit: DoneUnit): Promise<void> {
    if (this.#batch === undefined) {
      const units: DoneUnit[] = [];
      const marked = this.#last.then(async () => {
        this.#batch = undefined;
        await this.#mark(units);
      });
      this.#last = marked.catch(() => undefined);
      this.#batch = { units, marked };
    }
    this.#batch.units.push(unit);
    await this.#batch.marked;
  }

  async #mark(units: readonly DoneUnit[]): Promise<void> {
    const { db, jobId, signal, onDifferent } = this.#options;
    const { running, different }: Marked = await persistently(() => markUnitsDone(db, jobId, units), signal);
    for (const unitId of different) onDifferent(unitId);
    if (!running) throw new LeaseLost("the job has ended");
  }
}
