import { rest } from "@omicselector2/contracts";
import type { AuditEntry, Job, ListedJob, Result, VisibleDataset } from "@omicselector2/platform";

/** Rows of the tables as the wire shows them. */

type Metadata = Record<string, unknown>;

export function datasetItem(row: VisibleDataset) {
  return {
    id: row.id,
    name: row.name,
    data_type: row.dataType,
    status: row.status,
    n_samples: row.nSamples,
    n_features: row.nFeatures,
    shared: row.shared,
    owner: row.owner,
    created_at: row.createdAt.toISOString(),
  };
}

export function datasetBody(row: VisibleDataset): rest.DatasetBody {
  return {
    ...datasetItem(row),
    description: row.description,
    file_path: row.filePath,
    content_hash: row.contentHash,
    bytes: row.bytes,
    error_message: row.errorMessage,
    metadata: row.metadata ?? {},
  };
}

/** The user's keys over the user's keys, null removes one; what ingest found stays. */
export function mergedMetadata(present: Metadata | null, changes: Metadata): Metadata {
  const merged = { ...present, ...changes };
  return Object.fromEntries(Object.entries(merged).filter(([key, value]) => value !== null || isReserved(key)));
}

const isReserved = (key: string): boolean => (rest.reservedMetadata as readonly string[]).includes(key);

export function submittedBody(row: ListedJob) {
  return { job_id: row.id, job_type: row.jobType, status: row.status, created_at: row.createdAt.toISOString() };
}

export function jobItem(row: ListedJob): rest.JobItemBody {
  return {
    ...submittedBody(row),
    dataset_id: row.datasetId,
    progress: row.progress,
    queue: row.queue,
    started_at: row.startedAt?.toISOString() ?? null,
    completed_at: row.completedAt?.toISOString() ?? null,
    ...(row.resultId === null ? {} : { result_id: row.resultId }),
    ...(row.errorMessage === null ? {} : { error_message: row.errorMessage }),
  };
}

export function jobBody(row: Job): rest.JobBody {
  const { methods, ...config } = row.config;
  const seconds = row.estimate?.seconds;
  return {
    ...jobItem(row),
    message: row.message,
    eta_seconds: row.etaSeconds,
    methods: Array.isArray(methods) ? methods.map(String) : [],
    config,
    estimated_seconds: typeof seconds === "number" ? seconds : null,
  };
}

export function resultBody(row: Result): rest.ResultBody {
  return {
    result_id: row.id,
    job_id: row.jobId ?? "",
    selected_features: row.selectedFeatures,
    metrics: row.metrics ?? {},
    artifacts_path: row.artifactsPath ?? "",
    created_at: row.createdAt.toISOString(),
  };
}

/** @param names  user names by pseudonym */
export function auditBody({ prevHash: _, ...entry }: AuditEntry, names: ReadonlyMap<string, string>): rest.AuditEntryBody {
  return { ...entry, at: entry.at.toISOString(), username: names.get(entry.actor ?? "") ?? null };
}
