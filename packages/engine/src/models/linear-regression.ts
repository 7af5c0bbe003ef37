import { defineModel } from "./define.ts";
import { predictLinear } from "./linear-predictor.ts";
import { fitPenalizedModel, penalizedParameters, penaltyCost, penaltyMemory, penaltyOptions } from "./penalized-model.ts";

export const linearRegression = defineModel({
  id: "linear_regression",
  aliases: ["linear"],
  tasks: ["regression"],
  summary: "Linear regression with L1, L2 or elastic net penalty",
  explanation:
    "A weighted sum of the features, least squares under a penalty. The first model to try for a number: its coefficients can be read, and with few samples it is hard to beat. l1_ratio 1 leaves features out, 0 keeps them all. One outlier of the target can pull it far, and it sees no thresholds or interactions. Lambda is cross-validated inside the training part, which takes most of its time.",
  source: "Zou & Hastie 2005, JRSS B 67; Friedman, Hastie & Tibshirani 2010, J Stat Softw 33(1)",
  options: penaltyOptions,
  parameters: penalizedParameters,
  scores: "probabilities",
  missing: "filled",
  cost: penaltyCost,
  memory: penaltyMemory,
  fit: fitPenalizedModel,
  predict: ({ linear }, table) => ({ scores: predictLinear(linear, table) }),
});
