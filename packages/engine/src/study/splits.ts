import type { ResolvedSelectionConfig } from "@omicselector2/contracts";
import type { Draw } from "../part.ts";
import type { Rng } from "../random.ts";
import { bootstrap } from "../resampling/bootstrap.ts";
import { drawAll, drawRows, drawWithin } from "../resampling/draws.ts";
import { complementaryPair, halfSample } from "../resampling/half-sample.ts";
import type { Population, Split } from "../resampling/population.ts";
import { repeatedKFold } from "../resampling/repeated.ts";
import { subPopulation } from "./shape.ts";

export const FULL = "full";

/** Names of the outer folds, in order: fold-1, fold-2, ... over all repeats. */
export function foldNames(config: ResolvedSelectionConfig): string[] {
  return Array.from({ length: config.cv_folds * config.cv_repeats }, (_, i) => `fold-${i + 1}`);
}

/** All outer folds; the same whoever computes them. */
export function outerSplits(population: Population, config: ResolvedSelectionConfig, root: Rng): Split[] {
  return repeatedKFold(population, config.cv_folds, config.cv_repeats, root.child("outer"));
}

/** The outer fold of a name. */
export function outerSplit(population: Population, config: ResolvedSelectionConfig, root: Rng, name: string): Split {
  return outerSplits(population, config, root)[Number(name.slice("fold-".length)) - 1]!;
}

/** The samples that a part offers to learn from. */
export function partDraw(population: Population, config: ResolvedSelectionConfig, root: Rng, part: string): Draw {
  if (part === FULL) return drawAll(population.n);
  return drawRows(outerSplit(population, config, root, part).train);
}

/** Resample `b` of a part. */
export function resampleDraw(population: Population, config: ResolvedSelectionConfig, root: Rng, part: string, b: number): Draw {
  const outer = partDraw(population, config, root, part);
  const inside = subPopulation(population, outer.rows);
  const stream = root.child("resample", part);
  const { scheme } = config.stability;
  if (scheme === "bootstrap") return drawWithin(outer, bootstrap(inside, stream.child(b)));
  if (scheme === "subsample") return drawWithin(outer, halfSample(inside, stream.child(b)));
  return drawWithin(outer, complementaryPair(inside, stream.child(b >> 1))[b % 2 === 0 ? 0 : 1]);
}
