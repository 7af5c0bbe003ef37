import { defineModel } from "./define.ts";
import { classProbabilities, predictLinear } from "./linear-predictor.ts";
import { fitPenalizedModel, penalizedParameters, penaltyCost, penaltyMemory, penaltyOptions } from "./penalized-model.ts";

export const logisticRegression = defineModel({
  id: "logistic_regression",
  aliases: ["logistic"],
  tasks: ["binary", "multiclass"],
  summary: "Logistic regression with L1, L2 or elastic net penalty; multinomial for more than two classes",
  explanation:
    "A linear model of the log odds under a penalty that keeps it from following the training samples. The first model to try on a signature: its coefficients can be read, its probabilities are usable as they are, and with few samples it is hard to beat. l1_ratio 1 leaves features out, 0 keeps them all. It sees no thresholds or interactions. Lambda is cross-validated inside the training part, which takes most of its time.",
  source: "Friedman, Hastie & Tibshirani 2010, J Stat Softw 33(1); Zou & Hastie 2005, JRSS B 67",
  options: penaltyOptions,
  parameters: penalizedParameters,
  scores: "probabilities",
  missing: "filled",
  cost: penaltyCost,
  memory: penaltyMemory,
  fit: fitPenalizedModel,
  predict: ({ linear }, table) => ({ scores: classProbabilities(predictLinear(linear, table)) }),
});
