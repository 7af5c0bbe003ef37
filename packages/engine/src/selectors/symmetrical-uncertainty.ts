import { z } from "zod";
import { cutFeatures, cutOptions, uncutNotes } from "../stats/cut-features.ts";
import { defineSelector } from "./define.ts";
import { rankBy } from "./rank.ts";

export const symmetricalUncertainty = defineSelector({
  id: "symmetrical_uncertainty",
  aliases: ["su"],
  tasks: ["binary", "multiclass"],
  filter: "ranks",
  summary: "Symmetrical uncertainty with the classes, features cut into levels by description length",
  explanation:
    "Cuts each feature where that tells the classes apart by more than the cut costs to describe (MDL), and scores it by twice the information it shares with the classes over the sum of both entropies: 0 to 1, 1 where each determines the other. " +
    "Unlike information gain it does not favour features of many levels. Use it to keep only features with a threshold worth having; it is the measure inside cfs and fcbf. " +
    "Features without such a cut score 0 and are not selected, so that on weak signals fewer come back than asked for; it sees one feature at a time. " +
    "Missing values are imputed; a sample that a bootstrap drew twice counts twice.",
  source: "Fayyad & Irani 1993, IJCAI; Press et al. 1988, Numerical Recipes in C, 14.4; as FSelector's symmetrical.uncertainty",
  options: z.strictObject(cutOptions),
  cost: ({ n, p, classes }) => p * n * (1e-7 + 4e-8 * classes),
  memory: ({ p }) => 200 * p,
  select(train, { mdl_cost }, shared) {
    const cut = cutFeatures(train, mdl_cost, "symmetrical_uncertainty");
    const features = rankBy(train.featureNames, shared.nFeatures, cut.uncertainty);
    return {
      features,
      scores: features.map((j) => cut.uncertainty[j]!),
      statistics: {
        information_gain: features.map((j) => cut.cuts[j]!.gain),
        entropy: features.map((j) => cut.cuts[j]!.entropy),
        levels: features.map((j) => cut.cuts[j]!.at.length + 1),
      },
      summary: { tested: train.p, cut: cut.cut, class_entropy: cut.classEntropy, mdl_cost, unit: "nats" },
      notes: uncutNotes(train.featureNames, cut, shared.nFeatures),
    };
  },
});
