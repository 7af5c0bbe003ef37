export { decodeOutput, type Outputs, type ScoreOutput, type SelectOutput } from "./outputs.ts";
export {
  CONSENSUS,
  COVARIATES,
  estimateBytes,
  estimateSeconds,
  planStudy,
  type ScoreUnit,
  type SelectUnit,
  signaturesOf,
  type Unit,
  unitInputs,
} from "./plan.ts";
export { reduceStudy } from "./reduce.ts";
export { type Covariates, metaOf, type StudyInput, type StudyMeta, type StudyShape, shapeOf } from "./shape.ts";
export { runUnit } from "./unit.ts";
export { canonicalMethods, resolveConfig, type StudyFacts, validateStudy } from "./validate.ts";
