import { setPriority } from "node:os";
import type { MessagePort } from "node:worker_threads";
import { EngineError, metaOf, openThread, reduceStudy, runUnit, type StudyInput, type Thread, type Unit } from "@omicselector2/engine";
import { answer, type Reply } from "./thread.ts";

/** The script of the threads that compute a study: all run units, one reduces. */

export interface Begin {
  readonly port: MessagePort;
  readonly thread: number;
  readonly threads: number;
  /** the main thread answers people: it goes first */
  readonly background: boolean;
}

export type UnitOutputs = readonly (readonly [unitId: string, output: Uint8Array])[];
export interface RunUnit {
  readonly unit: Unit;
  readonly earlier: UnitOutputs;
}

export interface Reduced {
  readonly artifacts: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Niceness of threads that compute behind a server. */
const BACKGROUND = 10;

let input: StudyInput | undefined;
let thread: Thread | undefined;

answer({ begin, unit, reduce });

async function begin({ port, thread: index, threads, background }: Begin): Promise<Reply> {
  // On Linux this is the priority of the thread, elsewhere it would be that of the whole process.
  if (background && process.platform === "linux") setPriority(BACKGROUND);
  input = await new Promise<StudyInput>((resolve) => port.once("message", resolve));
  port.close();
  thread = openThread(input.matrix, input.target, index, threads);
  return { value: undefined };
}

function unit({ unit, earlier }: RunUnit): Reply {
  const outputs = new Map(earlier);
  try {
    return { value: shared(runUnit(thread!, input!, unit, (id) => outputs.get(id)!)) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EngineError("too_large", `${unit.label}: ${error.message}. Filter features first, or use fewer threads.`);
  }
}

/** A copy that threads can read together, so that handing it on costs nothing. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function reduce(all: UnitOutputs): Reply {
  const outputs = new Map(all);
  const { artifacts } = reduceStudy(metaOf(input!), (id) => outputs.get(id)!);
  return { value: { artifacts }, transfer: [...artifacts.values()].map((bytes) => bytes.buffer as ArrayBuffer) };
}
