import { z } from "zod";
import { cutFeatures, cutOptions, uncutNotes } from "../stats/cut-features.ts";
import { levelBitsOf } from "../stats/level-bits.ts";
import { searchSubset } from "../stats/subset-search.ts";
import { defineSelector } from "./define.ts";
import { rankBy } from "./rank.ts";

const options = z.strictObject({
  patience: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe("best-first search ends after this many expanded subsets in a row without a better one; 1: greedy"),
  ...cutOptions,
});

export const cfs = defineSelector({
  id: "cfs",
  aliases: ["correlation_feature_selection"],
  tasks: ["binary", "multiclass"],
  summary: "Correlation-based subset: features that tell of the classes and not of each other",
  explanation:
    "Cuts features into levels by description length and searches for the subset of greatest merit: the mean symmetrical uncertainty of its features with the classes against that among themselves. " +
    "Best first, forward: of all subsets seen, the best is extended by every single feature, until five extensions in a row bring nothing better. Features come in the order in which the best subset took them. " +
    "Use it where a small set should speak for the whole and its size is for the data to say: it ends by itself, often before the number asked for. " +
    "Merit is blind to interactions, and the search may miss the best of all subsets. Missing values are imputed; a sample that a bootstrap drew twice counts twice.",
  source: "Hall 1999, Correlation-based Feature Selection for Machine Learning, thesis, University of Waikato",
  options,
  cost: ({ n, p, classes }, { patience }, shared) =>
    p * n * (1e-7 + 4e-8 * classes) + (shared.nFeatures + 2 * patience) * p * (2e-8 + 1e-10 * n),
  memory: ({ n, p }, { patience }, shared) => p * (400 + n / 4 + 24 * (shared.nFeatures + 4 * patience)),
  select(train, { patience, mdl_cost }, shared) {
    const cut = cutFeatures(train, mdl_cost, "cfs");
    const names = train.featureNames;
    // by name, so that the search breaks ties by it
    const list = rankBy(
      names,
      train.p,
      cut.uncertainty.map((value) => value * 0),
    );
    const relevance = list.map((j) => cut.uncertainty[j]!);
    const bits = levelBitsOf(train, cut, list);
    const best = searchSubset({
      relevance,
      correlations: (f) => Float64Array.from(list, (_, g) => bits.uncertainty(f, g)),
      limit: shared.nFeatures,
      patience,
    });
    const features = best.features.map((f) => list[f]!);
    const notes: string[] = [];
    if (features.length > 0 && features.length < Math.min(shared.nFeatures, list.length)) {
      notes.push(
        `The best subset found has ${features.length} features: any of the other ${list.length - features.length} that have a cut would lower its merit; a larger patience searches further.`,
      );
    }
    return {
      features,
      scores: best.features.map((f) => relevance[f]!),
      statistics: {
        merit: best.merits,
        information_gain: features.map((j) => cut.cuts[j]!.gain),
        levels: features.map((j) => cut.cuts[j]!.at.length + 1),
      },
      summary: {
        tested: train.p,
        cut: cut.cut,
        merit: best.merits.at(-1) ?? null,
        expanded_subsets: best.expanded,
        patience,
        mdl_cost,
      },
      notes: [...notes, ...uncutNotes(names, cut, shared.nFeatures)],
    };
  },
});
