import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import { rangesOf } from "../stats/manhattan.ts";
import { pairWeight, reliefPairs } from "../stats/relief-pairs.ts";
import { isLabelled } from "../target.ts";
import { defineSelector } from "./define.ts";
import { rankBy } from "./rank.ts";

const options = z.strictObject({
  n_neighbors: z
    .int()
    .min(1)
    .max(500)
    .default(10)
    .describe("nearest neighbours of each instance: of its own class and of each other, or of all for a number"),
  n_instances: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("how many samples, drawn at random, look for neighbours; null: every sample"),
  weighting: z
    .enum(["equal", "rank"])
    .default("equal")
    .describe("influence of a neighbour: equal, 1/k; rank, exp(-(rank / sigma)^2), for larger n_neighbors such as 70"),
  sigma: z.number().gt(0).max(1000).default(20).describe("how fast the influence falls with rank; with weighting rank only"),
});

export const relieff = defineSelector({
  id: "relieff",
  aliases: ["relief_f", "rrelieff"],
  tasks: ["binary", "multiclass", "regression"],
  summary: "ReliefF and RReliefF: what differs between neighbours of other classes, not between those of one",
  explanation:
    "Looks for the nearest neighbours of every sample (Manhattan distance, every feature divided by its range) and weighs each feature by how much it differs between a sample and its neighbours of other classes, less how much between it and those of its own; " +
    "for a number (RReliefF) by how far differences go with differences of the number. " +
    "Use it for features that tell the target only together with others, which no test of one feature at a time can see. " +
    "Neighbours are found in all features: with many thousands of irrelevant ones they become arbitrary and such interactions drown, so put a prefilter before it; copies of one signal all rank high. " +
    "Features whose weight is not above 0 are not selected. Missing values are imputed. A sample that a bootstrap drew twice is two instances but one neighbour, never its own. Cost grows with the square of the number of samples.",
  source: "Kononenko 1994, ECML; Robnik-Sikonja & Kononenko 2003, Machine Learning 53",
  options,
  cost: ({ n, p, classes }, { n_neighbors, n_instances }) => {
    const rows = Math.min(n, n_instances ?? n);
    return p * (rows * n * (n <= 512 ? 0.5 : 1) * 8e-10 + rows * n_neighbors * Math.max(1, classes) * 2e-9 + 2e-8 * n);
  },
  memory: ({ n, p, classes }, { n_neighbors, n_instances }) =>
    16 * p + 8 * n * (64 + Math.min(512, n)) + 50 * Math.min(n, n_instances ?? n) * n_neighbors * Math.max(1, classes),
  select(train, { n_neighbors, n_instances, weighting, sigma }, shared, rng) {
    const { target, p } = train;
    if (!isLabelled(target)) throw new EngineError("method_task", "relieff needs classes or a number to predict");
    const ranges = rangesOf(train);
    const instances = instancesOf(train, n_instances, rng);
    const pairs = reliefPairs(train, target, ranges, instances, { k: n_neighbors, weighting, sigma });
    const weight = new Float64Array(p).fill(Number.NaN);
    let constant = 0;
    for (let j = 0; j < p; j++) {
      const range = ranges.range[j]!;
      if (!(range > 0)) constant++;
      else if (pairs !== undefined) weight[j] = pairWeight(pairs, train.column(j), range);
    }
    const positive = weight.map((value) => (value > 0 ? value : Number.NaN));
    const features = rankBy(train.featureNames, shared.nFeatures, positive);
    const relevant = positive.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    const notes: string[] = [];
    if (pairs === undefined)
      notes.push("Nothing to tell apart: the samples are of one class, or the number to predict does not differ between neighbours.");
    else if (relevant < Math.min(shared.nFeatures, p)) {
      notes.push(
        `${relevant} of the ${shared.nFeatures} features asked for have a weight above 0; ${constant} of ${p} are constant, the others differ as much within the target as across it. Another n_neighbors may weigh some of them above 0.`,
      );
    }
    return {
      features,
      scores: features.map((j) => weight[j]!),
      statistics: { weight: features.map((j) => weight[j]!) },
      summary: { tested: p - constant, constant, relevant, instances: instances.length, n_neighbors, weighting },
      notes,
    };
  },
});

/** Positions of the samples that look for neighbours, ascending. */
function instancesOf(train: TrainingPart, wanted: number | null, rng: Rng): Uint32Array {
  const all = Uint32Array.from({ length: train.m }, (_, i) => i);
  if (wanted === null || wanted >= train.m) return all;
  return rng.child("instances").shuffle(all).slice(0, wanted).sort();
}
