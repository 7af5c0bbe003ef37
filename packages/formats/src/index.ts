export type { DataFile } from "@omicselector2/contracts/frames";
export type { ObsColumn, Orientation } from "./cohort.ts";
export type { DoctorReport, Finding, FindingItem } from "./doctor/finding.ts";
export { IngestError, type IngestErrorCode, type IngestErrorJson } from "./errors.ts";
export { type DatasetInfo, type LayerName, readColumnsInto, readInfo } from "./h5ad/read.ts";
export { type IngestOptions, type IngestReport, ingest } from "./ingest.ts";
export { targetNames, targetRank } from "./names.ts";
export { classSizes, findTarget, labelCandidates, type TargetFound } from "./target.ts";
export { exportCsv } from "./text/export.ts";
