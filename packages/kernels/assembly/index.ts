// One line per kernel file. Kernels allocate nothing and keep no mutable statics:
// every address is given by the caller, who owns the memory.
export * from "./linalg";
export * from "./gram";
export * from "./moments";
export { boostLevel } from "./boost";
export { growTree, permutedLoss } from "./forest";
export * from "./random";
export * from "./ranks";
export * from "./glm";
export * from "./glm-loss";
export { glmExp, glmLog, glmLog1p } from "./glm-math";
export { coxUnivariate } from "./cox";
export { riskProduct } from "./risk-sets";
