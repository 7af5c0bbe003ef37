import { z } from "zod";
import { username } from "./auth.ts";
import { flag, pageOf, pageQuery, resourceId, timestamp, wholeNumber } from "./common.ts";

export const dataTypes = [
  "bulk_rna_seq",
  "single_cell_rna_seq",
  "methylation",
  "copy_number",
  "proteomics",
  "mirna",
  "metabolomics",
  "microbiome",
  "clinical",
  "multi_omics",
  "other",
] as const;
export const datasetStatuses = ["ingesting", "ready", "failed"] as const;
export const datasetSorts = ["-created_at", "created_at", "name", "-name", "n_samples", "-n_samples", "n_features", "-n_features"] as const;
export const orientations = ["samples_in_rows", "samples_in_columns"] as const;

/** Keys of `metadata` that ingest fills in; a user's own may not take them. */
export const reservedMetadata = ["doctor", "classes", "target_candidates", "sample_columns", "upload"] as const;

const datasetName = z.string().trim().min(1, "must not be empty").max(255);
const description = z.string().max(10_000);
const ownMetadata = z
  .record(z.string().min(1).max(100), z.unknown())
  .refine((value) => reservedMetadata.every((key) => !(key in value)), {
    message: `must not hold the keys that ingest fills in: ${reservedMetadata.join(", ")}`,
  })
  .refine((value) => JSON.stringify(value).length <= 65_536, "must be at most 64 KiB");

/** Fields of the form of POST /data/upload that are no files. */
export const uploadFields = z.strictObject({
  name: datasetName,
  data_type: z.enum(dataTypes),
  description: description.optional(),
  orientation: z.enum(orientations).optional().describe("found out from the file when left out"),
  metadata: ownMetadata.optional().describe("JSON object: platform, normalization, ..."),
});

/** The whole form, its parts in any order. */
export const uploadForm = z.object({
  file: z.file().describe("CSV, TSV or h5ad, also gzipped"),
  sample_sheet: z.file().optional().describe("CSV or TSV: a row for each sample, the first matching column holds the sample ids"),
  ...uploadFields.shape,
});

export const uploadedDataset = z.object({
  dataset_id: resourceId,
  name: z.string(),
  n_samples: z.int(),
  n_features: z.int(),
  file_path: z.string().describe("s3://datasets/<id>/data.h5ad"),
});

/** Answer to `Prefer: respond-async`: GET /data/{id} says when it is ready, or why it failed. */
export const acceptedDataset = z.object({ dataset_id: resourceId, name: z.string(), status: z.enum(datasetStatuses) });

export const datasetItem = z
  .object({
    id: resourceId,
    name: z.string(),
    data_type: z.enum(dataTypes),
    status: z.enum(datasetStatuses),
    n_samples: z.int().nullable(),
    n_features: z.int().nullable(),
    shared: z.boolean().describe("somebody else's, who lets you read it and compute on it"),
    owner: z.string().describe("user name of whom it belongs to"),
    created_at: timestamp,
  })
  .meta({ id: "DatasetItem" });

export const dataset = datasetItem
  .extend({
    description: z.string().nullable(),
    file_path: z.string().nullable(),
    content_hash: z.string().nullable().describe("SHA-256 over shape, ids, X and sample columns"),
    bytes: z.int(),
    error_message: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()).describe("the user's own keys, and what ingest found: doctor, classes, target_candidates"),
  })
  .meta({ id: "Dataset" });

export const datasetPage = pageOf(datasetItem);

export const datasetQuery = pageQuery.extend({
  data_type: z.enum(dataTypes).optional(),
  status: z.enum(datasetStatuses).optional(),
  name: z.string().min(1).max(255).optional().describe("part of the name, any case"),
  shared: flag.optional().describe("true: only what others share with you; false: only your own"),
  sort: z.enum(datasetSorts).default("-created_at"),
});

export const updateDatasetRequest = z.strictObject({
  name: datasetName.optional(),
  description: description.nullable().optional(),
  data_type: z.enum(dataTypes).optional(),
  metadata: ownMetadata.optional().describe("merged into what is there; a key set to null is removed"),
});

export const shareParams = z.strictObject({ id: resourceId, username });

export const share = z.object({ username: z.string(), shared_at: timestamp }).meta({ id: "Share" });

export const shareList = z.object({ items: z.array(share), total: z.int() });

export const doctorFinding = z.looseObject({
  id: z.string(),
  severity: z.enum(["ok", "info", "warning", "error"]),
  message: z.string().describe("what was seen"),
  remedy: z.string().nullable().optional().describe("what to do about it"),
});

export const doctorReport = z.object({ dataset_id: resourceId, findings: z.array(doctorFinding) });

const previewSide = (from: string) => wholeNumber(1, 100).default(10).describe(from);

export const previewQuery = z.strictObject({
  rows: previewSide("samples, 1 to 100"),
  columns: previewSide("features, 1 to 100"),
});

export const downloadQuery = z.strictObject({
  format: z.enum(["h5ad", "csv"]).default("h5ad").describe("h5ad: the whole canonical file; csv: sample columns and X"),
});

export const preview = z.object({
  n_samples: z.int(),
  n_features: z.int(),
  sample_ids: z.array(z.string()),
  feature_names: z.array(z.string()),
  values: z.array(z.array(z.number().nullable())).describe("one row for each sample; null where missing"),
  sample_columns: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.null()]))).describe("what is known about these samples"),
});

const missingOf = z.array(z.object({ name: z.string(), missing: z.int(), share: z.number() }));

export const summary = z.object({
  n_samples: z.int(),
  n_features: z.int(),
  missing: z.object({
    cells: z.int(),
    share: z.number().describe("0 to 1"),
    complete_samples: z.int(),
    complete_features: z.int(),
    samples: missingOf.describe("those with most missing, at most 100"),
    features: missingOf.describe("those with most missing, at most 100"),
  }),
  pca: z
    .object({
      explained: z.array(z.number()).describe("share of the variance of each component, at most five, falling"),
      samples: z.array(z.object({ id: z.string(), coordinates: z.array(z.number()) })),
    })
    .nullable()
    .describe("exact, of standardised features; a missing value counts as its feature's mean; null where it would take too long"),
  pca_note: z.string().nullable().describe("why there is none"),
});

export type SummaryBody = z.output<typeof summary>;
export type DatasetBody = z.output<typeof dataset>;
export type DoctorFinding = z.output<typeof doctorFinding>;
export type Preview = z.output<typeof preview>;
export type UploadFields = z.output<typeof uploadFields>;
export type Orientation = (typeof orientations)[number];
