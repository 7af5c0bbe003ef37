import {
  hashesOf,
  type Job,
  type JobRange,
  type JobUnit,
  openUnits,
  type Study,
  silentTracer,
  startUnits,
  traced,
} from "@omicselector2/platform";
import { JobFault, LeaseLost } from "./faults.ts";
import { persistently } from "./lost-service.ts";
import { UnitMarks } from "./unit-marks.ts";
import { UnitStarts } from "./unit-starts.ts";
import { progressOf, type WorkerContext, withStudy } from "./worker-context.ts";
import { Writes } from "./writes.ts";

/** Computes the units of a range that are not done; when it returns, those that were not done are, each with its checkpoint. */
export async function runUnits(context: WorkerContext, job: Job, range: JobRange, signal: AbortSignal): Promise<void> {
  const { platform } = context;
  const units = await persistently(() => openUnits(platform.db, range), signal);
  if (units.length === 0) return;
  const progress = progressOf(context, job.id);
  if (!context.studies.has(job.id)) progress.say("reading the data");
  await withStudy(context, job, signal, async (study) => {
    if (range.stage === 1) progress.say("selecting features");
    await new RangeRun(context, job, range, study, signal).run(units);
  });
}

class RangeRun {
  readonly #context: WorkerContext;
  readonly #job: Job;
  readonly #range: JobRange;
  readonly #study: Study;
  readonly #labels: ReadonlyMap<string, string>;
  /** what fails first stops the others */
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #writes = new Writes();
  readonly #marks: UnitMarks;

  constructor(context: WorkerContext, job: Job, range: JobRange, study: Study, signal: AbortSignal) {
    this.#context = context;
    this.#job = job;
    this.#range = range;
    this.#study = study;
    this.#labels = new Map(study.units.map(({ id, label }) => [id, label]));
    this.#signal = AbortSignal.any([signal, this.#failed.signal]);
    this.#marks = new UnitMarks({
      db: context.platform.db,
      jobId: job.id,
      signal: this.#signal,
      onDifferent: (unitId) => context.onError(job.id, new Error(`unit ${unitId} gave another output than before: the first one stays`)),
    });
  }

  async run(units: readonly JobUnit[]): Promise<void> {
    const stray = units.find(({ unitId }) => !this.#labels.has(unitId));
    if (stray !== undefined) throw new JobFault("the job was planned by another release of the program: submit it again");
    const inputs = await this.#inputs(units);
    const { threads } = this.#context;
    const starts = new UnitStarts(units, { atOnce: threads, begin: (some) => this.#start(some) });
    const work = async () => {
      try {
        for (let unit = await starts.next(); unit !== undefined; unit = await starts.next()) await this.#runOne(unit, inputs);
        await this.#writes.all();
      } catch (error) {
        this.#failed.abort(error);
        throw error;
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: Math.min(threads, units.length) }, work));
    if (ends.some(({ status }) => status === "rejected")) throw this.#signal.reason;
  }

  async #start(units: readonly JobUnit[]): Promise<void> {
    const { platform, id } = this.#context;
    const ids = units.map(({ unitId }) => unitId);
    const held = await persistently(() => startUnits(platform.db, this.#range, id, ids), this.#signal);
    if (!held) throw new LeaseLost();
  }

  /** Hashes of all outputs that these units read. */
  async #inputs(units: readonly JobUnit[]): Promise<ReadonlyMap<string, string>> {
    const ids = [...new Set(units.flatMap(({ unitId }) => this.#study.inputsOf(unitId)))];
    if (ids.length === 0) return new Map();
    return await persistently(() => hashesOf(this.#context.platform.db, this.#job.id, ids), this.#signal);
  }

  async #runOne({ unitId, stage }: JobUnit, inputs: ReadonlyMap<string, string>): Promise<void> {
    const { checkpoints, slots, observe, platform } = this.#context;
    const earlier = await checkpoints.readAll(this.#job.id, this.#study.inputsOf(unitId), inputs, this.#signal);
    // What was begun first goes first: the next range fills what it leaves idle.
    const slot = await slots.take(this.#signal, this.#range.range);
    const started = performance.now();
    try {
      const options = { parent: { jobId: this.#job.id }, attributes: { "unit.id": unitId, stage } };
      const compute = () => this.#study.runUnit(unitId, earlier, this.#signal);
      const output = await traced(platform.tracer ?? silentTracer, "unit", options, compute);
      observe("unit", (performance.now() - started) / 1000, { stage: String(stage) });
      this.#writes.add(this.#save(unitId, output));
    } finally {
      slots.give(slot);
    }
    await this.#writes.room();
  }

  /** The checkpoint first, the row last: what counts as done is there. */
  async #save(unitId: string, output: Uint8Array): Promise<void> {
    const { checkpoints } = this.#context;
    const hash = await checkpoints.save(this.#job.id, unitId, output, this.#signal);
    await this.#marks.add({ unitId, hash });
    progressOf(this.#context, this.#job.id).say(this.#labels.get(unitId)!);
  }
}
