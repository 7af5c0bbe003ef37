import { Arena, instantiate } from "@omicselector2/kernels";
import { type FeatureMatrix, scratchOf } from "./matrix.ts";
import type { Thread } from "./part.ts";
import type { Target } from "./target.ts";

/** Kernels and working memory of one of `threads` threads over a shared matrix. @param index  0 .. threads - 1 */
export function openThread(matrix: FeatureMatrix, target: Target, index: number, threads: number): Thread {
  const { start, end } = scratchOf(matrix, index, threads);
  return { matrix, target, kernels: instantiate(matrix.memory), arena: new Arena(matrix.memory, start, end) };
}
