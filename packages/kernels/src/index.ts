import { wasmBase64 } from "../dist/wasm.js";
import type { BoostKernels } from "./boost.ts";
import type { CoxKernels } from "./cox.ts";
import type { ForestKernels } from "./forest.ts";
import type { GlmKernels } from "./glm.ts";
import type { GramKernels } from "./gram.ts";
import type { LinalgKernels } from "./linalg.ts";
import type { MomentsKernels } from "./moments.ts";

export { Arena, align } from "./arena.ts";
export { BOOST_BYTES, BOOST_FIELDS, BOOST_NODE_BYTES } from "./boost.ts";
export { COX_FIELDS, COX_STATES, RISK_FIELDS } from "./cox.ts";
export { FOREST_BYTES, FOREST_FIELDS } from "./forest.ts";

/** Every kernel, by name; one line per kernel file. */
export interface Kernels extends BoostKernels, CoxKernels, ForestKernels, GlmKernels, GramKernels, LinalgKernels, MomentsKernels {}

/** First byte that a caller may lay out: below it the module keeps its constant tables. */
export const HEAP_BASE = 64 * 1024;

let compiled: WebAssembly.Module | undefined;

/** The compiled kernels; compiled once a thread. */
export function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(wasmBase64), (c) => c.charCodeAt(0)));
  return compiled;
}

/** Kernels over a shared memory of 32-bit addresses. Any number of threads may hold an instance over the same one. */
export function instantiate(memory: WebAssembly.Memory, module = kernelModule()): Kernels {
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as Kernels;
}

/** A shared memory of `bytes` bytes; pages never touched take no room. */
export function sharedMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / 65536);
  if (pages > MAX_PAGES) throw new RangeError(`${bytes} bytes are more than the ${MAX_PAGES * 65536} that one memory can hold`);
  return new WebAssembly.Memory({ initial: pages, maximum: MAX_PAGES, shared: true });
}

const MAX_PAGES = 65536;

function abort(): never {
  throw new Error("a kernel was called with arguments outside its contract");
}
