import type { Booster } from "./booster.ts";

/** p values each, over all trees. */
export interface BoosterScores {
  /** splits on the feature */
  readonly weight: Float64Array;
  /** sums over its splits */
  readonly totalGain: Float64Array;
  readonly totalCover: Float64Array;
}

export function boosterScores(booster: Booster, p: number): BoosterScores {
  const scores = { weight: new Float64Array(p), totalGain: new Float64Array(p), totalCover: new Float64Array(p) };
  for (const tree of booster.trees) {
    for (let node = 0; node < tree.feature.length; node++) {
      const j = tree.feature[node]!;
      if (j < 0) continue;
      scores.weight[j]!++;
      scores.totalGain[j]! += tree.gain[node]!;
      scores.totalCover[j]! += tree.cover[node]!;
    }
  }
  return scores;
}
