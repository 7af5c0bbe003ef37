import { type Unit, unitInputs } from "@omicselector2/engine";
import type { ExecutorResult, Study, StudyUnit } from "@omicselector2/platform";
import { abortable } from "./abortable.ts";
import { Pool } from "./pool.ts";
import type { Loaded } from "./study-loader.ts";
import type { Reduced, RunUnit, UnitOutputs } from "./study-thread.ts";
import type { Thread } from "./thread.ts";

/** A study on its threads, over one shared matrix. */
export class OpenStudy implements Study {
  readonly #loaded: Loaded;
  readonly #units: ReadonlyMap<string, Unit>;
  readonly #threads: readonly Thread[];
  readonly #idle: Pool<Thread>;
  readonly #closing = new AbortController();

  constructor(loaded: Loaded, threads: readonly Thread[]) {
    this.#loaded = loaded;
    this.#units = new Map(loaded.plan.map((unit) => [unit.id, unit]));
    this.#threads = threads;
    this.#idle = new Pool(threads);
  }

  get units(): readonly StudyUnit[] {
    return this.#loaded.plan;
  }

  get bytes(): number {
    return this.#loaded.bytes;
  }

  inputsOf(unitId: string): readonly string[] {
    return unitInputs(this.#loaded.methods, this.#loaded.config, this.#unit(unitId));
  }

  async runUnit(unitId: string, earlier: ReadonlyMap<string, Uint8Array>, signal: AbortSignal): Promise<Uint8Array> {
    const body: RunUnit = { unit: this.#unit(unitId), earlier: this.inputsOf(unitId).map((id) => [id, earlier.get(id)!] as const) };
    return await this.#call<Uint8Array>("unit", body, AbortSignal.any([signal, this.#closing.signal]));
  }

  async reduce(outputs: ReadonlyMap<string, Uint8Array>): Promise<ExecutorResult> {
    const { artifacts } = await this.#call<Reduced>("reduce", [...outputs] satisfies UnitOutputs, this.#closing.signal);
    return { result: artifacts.get("result.json")!, artifacts };
  }

  async close(reason: unknown = new Error("the study was closed")): Promise<void> {
    this.#closing.abort(reason);
    await Promise.all(this.#threads.map((thread) => thread.stop(reason)));
  }

  /** A thread is free again when it has answered, also when nobody waits for the answer any more. */
  async #call<T>(kind: string, body: unknown, signal: AbortSignal): Promise<T> {
    const thread = await this.#idle.take(signal);
    const answer = thread.call<T>(kind, body).finally(() => this.#idle.give(thread));
    return await abortable(answer, signal);
  }

  #unit(id: string): Unit {
    const unit = this.#units.get(id);
    if (unit === undefined) throw new Error(`the study has no unit ${id}`);
    return unit;
  }
}
