import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { ClassInformation, type MixtureForm, mixtureForms, NumberInformation } from "../stats/neighbour-information.ts";
import { isLabelled } from "../target.ts";
import { defineSelector } from "./define.ts";
import { rankBy } from "./rank.ts";

const options = z.strictObject({
  n_neighbors: z.int().min(1).max(100).default(3).describe("nearest neighbours of each sample: more of them, less noise and more bias"),
  mixture: z
    .enum(mixtureForms)
    .default("digamma")
    .describe(
      "columns with repeated values: digamma as in the authors' program, on the same scale as columns without; logarithm as Algorithm 1 of Gao 2017 is printed, lower for informative columns",
    ),
});

export const mutualInformation = defineSelector({
  id: "mutual_information",
  aliases: ["mi"],
  tasks: ["binary", "multiclass", "regression"],
  filter: "ranks",
  summary: "Mutual information with the target by nearest neighbours, one feature at a time",
  explanation:
    "Estimates how many nats a feature tells about the target, whatever the form of the relation, from distances to nearest neighbours: Ross 2014 for classes, Kraskov 2004 for a number, and Gao 2017 where values repeat (counts, rounded data). " +
    "On the values that are there, nothing imputed; a feature with few values is judged on those. Use it where the relation may be curved or a class may lie on both sides of the other. " +
    "It needs more samples than a t-test to see a plain shift (its noise is about 0.05 nats at 100 samples), and sees one feature at a time. " +
    "Features whose estimate is not above 0 are not selected. A sample that a bootstrap drew twice is one neighbour and weighs twice in the mean, so that a copy is nobody's nearest neighbour.",
  source: "Kraskov, Stoegbauer & Grassberger 2004, Phys Rev E 69; Ross 2014, PLoS ONE 9(2); Gao, Kannan, Oh & Viswanath 2017, NeurIPS",
  options,
  cost: ({ n, p, classes }) => p * n * (classes > 1 ? 1.3e-7 : 1.3e-7 + 2.6e-8 * Math.sqrt(n)),
  memory: ({ n, p }) => 24 * p + 64 * n,
  select(train, { n_neighbors, mixture }, shared) {
    const measure = measureOf(train, n_neighbors, mixture);
    const estimate = new Float64Array(train.p);
    const tied = new Uint8Array(train.p);
    for (let j = 0; j < train.p; j++) {
      const { information, tied: repeats } = measure.of(train.availableColumn(j));
      estimate[j] = information;
      tied[j] = repeats ? 1 : 0;
    }
    const positive = estimate.map((value) => (value > 0 ? value : Number.NaN));
    const features = rankBy(train.featureNames, shared.nFeatures, positive);
    const judged = estimate.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    const informative = positive.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    return {
      features,
      scores: features.map((j) => estimate[j]!),
      statistics: { mutual_information: features.map((j) => estimate[j]!), tied: features.map((j) => tied[j]!) },
      summary: {
        tested: judged,
        untestable: train.p - judged,
        informative,
        tied: tied.reduce((a, b) => a + b, 0),
        n_neighbors,
        mixture,
      },
      notes: notesOf(train.p, shared.nFeatures, judged, informative),
    };
  },
});

function measureOf(train: TrainingPart, k: number, form: MixtureForm): ClassInformation | NumberInformation {
  const { target, counts } = train;
  if (!isLabelled(target)) throw new EngineError("method_task", "mutual_information needs classes or a number to predict");
  const settings = { k, form, counts };
  return target.task === "regression"
    ? new NumberInformation(target.y, settings)
    : new ClassInformation(target.y, target.classes.length, settings);
}

function notesOf(p: number, asked: number, judged: number, informative: number): string[] {
  const notes: string[] = [];
  if (judged < p) notes.push(`${p - judged} of ${p} features were not tested: constant, or with too few values.`);
  if (informative < Math.min(asked, judged)) {
    notes.push(
      `${informative} of the ${asked} features asked for have an estimate above 0; the others tell nothing of the target that this many samples could show. ` +
        "A larger n_neighbors makes the estimate less noisy.",
    );
  }
  return notes;
}
