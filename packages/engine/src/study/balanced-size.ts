import type { ResolvedSelectionConfig } from "@omicselector2/contracts";

type Balance = ResolvedSelectionConfig["balance"];

/**
 * Samples that a method learns from once the classes of a part count the same; one drawn c times counts c times.
 *
 * @param n           samples of the part, its classes in the proportions of `classSizes`
 * @param classSizes  of the whole study; empty where there are no classes
 */
export function balancedSize(n: number, classSizes: readonly number[], how: Balance): number {
  const sizes = classSizes.filter((size) => size > 0);
  if (how === "none" || how === "class_weight" || sizes.length === 0) return n;
  const each = how === "undersample" ? Math.min(...sizes) : Math.max(...sizes);
  const share = (each * sizes.length) / sizes.reduce((sum, size) => sum + size, 0);
  return Math.max(1, Math.round(n * share));
}

/** Rough seconds in which SMOTE makes `balanced` samples of n over p features: distances of all pairs, and copies of all columns. */
export function smoteCost(n: number, p: number, balanced: number, how: Balance): number {
  return how === "smote" ? 1.5e-10 * n * n * p + 2e-9 * balanced * p : 0;
}
