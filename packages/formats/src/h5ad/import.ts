import type { Cohort, Layer } from "../cohort.ts";
import { IngestError } from "../errors.ts";
import { uniqueNames } from "../names.ts";
import { withUniqueNames } from "../text/rows.ts";
import { type Group, type H5File, isGroup, member, openFile } from "./file.ts";
import { readFrame, readIndex } from "./frame.ts";
import { openMatrix } from "./matrix.ts";
import { ownObsNames } from "./read.ts";

/** Somebody's h5ad as a cohort. Values are read from the file while the cohort is written; close the file afterwards. */
export async function importH5ad(path: string): Promise<{ cohort: Cohort; file: H5File }> {
  const file = await openFile(path, "r");
  try {
    return { cohort: cohortOf(file), file };
  } catch (error) {
    file.close();
    throw error;
  }
}

function cohortOf(file: H5File): Cohort {
  const obs = readFrame(file, "obs");
  // a file that was downloaded here and comes back keeps the names of its columns, unless columns came or went
  const names = ownObsNames(file);
  const columns = names?.length === obs.columns.length ? obs.columns.map((column, k) => ({ ...column, name: names[k]! })) : obs.columns;
  const samples = uniqueNames(obs.index);
  const n = samples.names.length;
  const x = layerOf(file, "X", n);
  const rawGroup = member(file, "raw");
  const raw = isGroup(rawGroup) && member(rawGroup, "X") !== null ? layerOf(rawGroup, "raw/X", n) : undefined;
  if (n === 0) throw new IngestError("no_samples", "the file holds no samples", "Upload a file with at least one sample.");
  if (x.layer.featureNames.length === 0) {
    throw new IngestError("no_features", "the file holds no features", "Upload a file with at least one feature.");
  }
  const layers = member(file, "layers");
  return {
    sampleIds: samples.names,
    obs: withUniqueNames(columns),
    x: x.layer,
    ...(raw ? { raw: raw.layer } : {}),
    notes: {
      format: "h5ad",
      orientation: "samples_in_rows",
      orientationAsked: false,
      orientationReasons: ["AnnData keeps samples in rows"],
      orientationMargin: Number.POSITIVE_INFINITY,
      idColumn: "obs_names",
      renamedFeatures: x.renamed,
      renamedSamples: samples.renamed,
      leftOut: [
        ...obs.skipped.map((name) => ({ name: `obs/${name}`, reason: "it is of a kind that is not read" })),
        ...(isGroup(layers) ? layers.keys() : []).map((name) => ({ name: `layers/${name}`, reason: "only X and raw/X are kept" })),
      ],
    },
  };
}

function layerOf(parent: Group, label: string, n: number): { layer: Layer; renamed: { from: string; to: string }[] } {
  const open = openMatrix(parent, "X");
  const names = uniqueNames(readIndex(parent, "var"));
  if (open.n !== n || open.p !== names.names.length) {
    throw new IngestError(
      "h5ad_layout",
      `${label} is ${open.n} x ${open.p}, but obs names ${n} samples and var ${names.names.length} features`,
      "Write the file again with anndata.",
    );
  }
  return { layer: { featureNames: names.names, matrix: open.matrix }, renamed: names.renamed };
}
