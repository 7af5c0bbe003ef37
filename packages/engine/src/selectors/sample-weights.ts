import type { TrainingPart } from "../part.ts";

/** Weights of the m samples: multiplicities, times n / (K n_k) where classes are to weigh the same; numbers know no classes. */
export function sampleWeights({ target, counts }: TrainingPart, classWeight: boolean): Float64Array {
  if (!classWeight || (target.task !== "binary" && target.task !== "multiclass")) return Float64Array.from(counts);
  const K = target.classes.length;
  const sizes = new Float64Array(K);
  let n = 0;
  counts.forEach((count, i) => {
    sizes[target.y[i]!]! += count;
    n += count;
  });
  return Float64Array.from(counts, (count, i) => (count * n) / (K * sizes[target.y[i]!]!));
}
