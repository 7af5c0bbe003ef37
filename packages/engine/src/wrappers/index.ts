export { type Aggregate, aggregate, type RankedList } from "./ensemble.ts";
export { jaccardIndex } from "./jaccard-index.ts";
export { kunchevaIndex } from "./kuncheva-index.ts";
export { nogueira, type StabilityEstimate } from "./nogueira.ts";
export { type Assumption, type ErrorBound, pfer, type StabilityScheme, type StabilitySetting } from "./pfer.ts";
export { selectionFrequencies } from "./selection-frequencies.ts";
