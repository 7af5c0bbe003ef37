export { type Balanced, type Balancing, withBalancedPart, withSubPart } from "./balanced-part.ts";
export type { ColumnScale } from "./column-scale.ts";
export { type CrossValidation, crossValidate, type Fold } from "./cross-validate.ts";
export { type Elimination, withElimination } from "./eliminate.ts";
export { crossValidateL1Svm, firstCost, fitL1Svm, type L1SvmOptions, type L1SvmPath } from "./fit-l1-svm.ts";
export { fitPenalized, type PenalizedOptions, type PenalizedPath } from "./fit-penalized.ts";
export { crossValidateRidge, fitRidge, type RidgeFitter, type RidgeOptions, type RidgeResult } from "./fit-ridge.ts";
export { innerFolds } from "./inner-folds.ts";
export { geometricLambdas } from "./lambdas.ts";
export type { LambdaSequence, Path, PathEnd, PathStep } from "./path.ts";
export {
  type CentroidErrors,
  type CentroidOptions,
  type Centroids,
  crossValidateCentroids,
  shrunkenCentroids,
} from "./shrunken-centroids.ts";
