import type { SelectionConfig } from "@omicselector2/contracts";
import { column, EngineError, type FeatureMatrix } from "@omicselector2/engine";
import { type DataFile, type ObsColumn, readColumnsInto, readInfo } from "@omicselector2/formats";

/** What is known of one layer of a dataset before the values of its features are read. */
export interface StudySource {
  readonly n: number;
  readonly featureNames: readonly string[];
  /** columns of the samples */
  readonly obs: readonly ObsColumn[];
  /** features that the request names as columns (target, time, event, groups, covariates), with their values */
  readonly namedFeatures: readonly ObsColumn[];
}

/** @throws EngineError  without that layer; IngestError  not a canonical data.h5ad */
export async function openSource(data: DataFile, config: SelectionConfig): Promise<StudySource> {
  if (config.layer === "raw" && !(await readInfo(data)).layers.includes("raw")) {
    throw new EngineError("option_invalid", "the dataset has no layer raw; use layer X", ["config", "layer"]);
  }
  const { n, featureNames, obs } = await readInfo(data, config.layer);
  const asked = [config.target_column, config.time_column, config.event_column, config.groups, ...config.covariates];
  const named = asked.filter((name) => name !== undefined && obs.every((each) => each.name !== name));
  const features = Uint32Array.from(new Set(named.map((name) => featureNames.indexOf(name!)).filter((j) => j >= 0)));
  const values = Array.from(features, () => new Float32Array(n));
  if (features.length > 0) await readColumnsInto(data, config.layer, undefined, features, (k) => values[k]!);
  const namedFeatures = values.map(
    (each, k): ObsColumn => ({ name: featureNames[features[k]!]!, kind: "numeric", values: Float64Array.from(each) }),
  );
  return { n, featureNames, obs, namedFeatures };
}

/** Fills the matrix: its sample i is `rows[i]`, its feature k is `features[k]`; NaN where missing. */
export async function readMatrix(
  data: DataFile,
  config: SelectionConfig,
  rows: Uint32Array,
  features: Uint32Array,
  into: FeatureMatrix,
): Promise<void> {
  await readColumnsInto(data, config.layer, rows, features, (k) => column(into, k));
}
