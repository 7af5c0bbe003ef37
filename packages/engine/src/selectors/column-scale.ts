import type { ColumnScale } from "../solvers/index.ts";
import type { SharedOptions } from "./define.ts";

/** Linear, SVM and distance methods standardise unless told otherwise. */
export function columnScaleOf({ scale }: Pick<SharedOptions, "scale">): ColumnScale {
  return scale === "auto" ? "standardize" : scale;
}
