export { bootstrap } from "./bootstrap.ts";
export { drawAll, drawRows, drawWithin } from "./draws.ts";
export { complementaryPair, halfSample } from "./half-sample.ts";
export { holdOut } from "./hold-out.ts";
export { kFold } from "./k-fold.ts";
export type { Population, Split } from "./population.ts";
export { repeatedKFold } from "./repeated.ts";
