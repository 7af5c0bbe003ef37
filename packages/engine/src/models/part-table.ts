import type { TrainingPart } from "../part.ts";
import type { DenseTable } from "./dense-table.ts";

/** Columns of a training part as a table, its m samples in their order. @param missing  `native` keeps gaps as NaN */
export function partTable(part: TrainingPart, features: readonly number[], missing: "filled" | "native" = "filled"): DenseTable {
  const columns = features.map((j) => (missing === "native" ? part.availableColumn(j) : part.column(j)));
  return { n: part.m, k: features.length, columns };
}

/** Every feature of a part. */
export function allFeatures(part: TrainingPart): number[] {
  return Array.from({ length: part.p }, (_, j) => j);
}
