import { z } from "zod";
import { cutFeatures, cutOptions, uncutNotes } from "../stats/cut-features.ts";
import { defineSelector } from "./define.ts";
import { rankBy } from "./rank.ts";

export const informationGain = defineSelector({
  id: "information_gain",
  aliases: [],
  tasks: ["binary", "multiclass"],
  filter: "ranks",
  summary: "Information gain about the classes, features cut into levels by description length",
  explanation:
    "Cuts each feature where that tells the classes apart by more than the cut costs to describe (MDL), and scores it by how many nats of the classes' entropy knowing its level takes away. " +
    "Use it to keep only features with a threshold worth having, and where the amount of information matters more than how compactly it is told (symmetrical_uncertainty corrects for the number of levels). " +
    "Features without such a cut score 0 and are not selected, so that on weak signals fewer come back than asked for; it sees one feature at a time. " +
    "Missing values are imputed; a sample that a bootstrap drew twice counts twice.",
  source: "Fayyad & Irani 1993, IJCAI; Quinlan 1986, Machine Learning 1(1); as FSelector's information.gain, natural logarithms",
  options: z.strictObject(cutOptions),
  cost: ({ n, p, classes }) => p * n * (1e-7 + 4e-8 * classes),
  memory: ({ p }) => 200 * p,
  select(train, { mdl_cost }, shared) {
    const cut = cutFeatures(train, mdl_cost, "information_gain");
    const gain = Float64Array.from(cut.cuts, (cuts) => (cuts.at.length > 0 ? cuts.gain : Number.NaN));
    const features = rankBy(train.featureNames, shared.nFeatures, gain);
    return {
      features,
      scores: features.map((j) => gain[j]!),
      statistics: {
        symmetrical_uncertainty: features.map((j) => cut.uncertainty[j]!),
        entropy: features.map((j) => cut.cuts[j]!.entropy),
        levels: features.map((j) => cut.cuts[j]!.at.length + 1),
      },
      summary: { tested: train.p, cut: cut.cut, class_entropy: cut.classEntropy, mdl_cost, unit: "nats" },
      notes: uncutNotes(train.featureNames, cut, shared.nFeatures),
    };
  },
});
