import { z } from "zod";
import { selectionConfig } from "../study.ts";
import { pageOf, pageQuery, resourceId, timestamp } from "./common.ts";

export const jobTypes = ["feature_selection", "model_training", "hyperparameter_tuning", "benchmarking", "preprocessing"] as const;
export const jobStatuses = ["pending", "running", "completed", "failed", "cancelled"] as const;
export const jobQueues = ["high_priority", "default", "low_priority"] as const;
export const jobSorts = ["-created_at", "created_at", "completed_at", "-completed_at", "status", "-status"] as const;

/** Body of POST /jobs/feature-selection. */
export const selectionRequest = z.strictObject({
  dataset_id: resourceId,
  methods: z
    .array(z.string().min(1).max(100))
    .min(1, "name at least one method; GET /api/v1/methods lists them")
    .max(50)
    .describe("ids or aliases of GET /methods"),
  config: selectionConfig.prefault({}),
});

/** Body of POST /jobs: its type decides what the rest must be. */
export const jobRequest = z.looseObject({ job_type: z.enum(jobTypes) });

/** What POST /jobs takes today, for the documentation. */
export const selectionJobRequest = selectionRequest.extend({ job_type: z.literal("feature_selection") });

export const estimateRequest = selectionRequest.extend({ job_type: z.literal("feature_selection").default("feature_selection") });

export const estimate = z.object({
  job_type: z.enum(jobTypes),
  methods: z.array(z.string()).describe("canonical ids"),
  units: z.int().describe("pieces of work that are done whole or again"),
  seconds: z.number().describe("rough; the first minutes of a run know better"),
  memory_bytes: z.int().describe("rough; the matrix and what the threads work in, beside the program itself"),
  queue: z.enum(jobQueues),
  config: z.record(z.string(), z.unknown()).describe("as it would run, defaults filled in"),
});

export const submittedJob = z.object({
  job_id: resourceId,
  job_type: z.enum(jobTypes),
  status: z.enum(jobStatuses),
  created_at: timestamp,
});

export const jobItem = submittedJob
  .extend({
    dataset_id: resourceId.nullable().describe("null when the dataset was deleted"),
    progress: z.int().min(0).max(100).describe("never falls; 100 only when completed"),
    queue: z.enum(jobQueues),
    started_at: timestamp.nullable(),
    completed_at: timestamp.nullable(),
    result_id: resourceId.optional().describe("when completed"),
    error_message: z.string().optional().describe("when failed: what happened and what to do"),
  })
  .meta({ id: "JobItem" });

export const job = jobItem
  .extend({
    message: z.string().nullable().describe("what is being done"),
    eta_seconds: z.int().nullable(),
    methods: z.array(z.string()),
    config: z.record(z.string(), z.unknown()),
    estimated_seconds: z.number().nullable(),
  })
  .meta({ id: "Job" });

export const jobPage = pageOf(jobItem);

export const jobQuery = pageQuery.extend({
  status: z.enum(jobStatuses).optional(),
  job_type: z.enum(jobTypes).optional(),
  dataset_id: resourceId.optional(),
  sort: z.enum(jobSorts).default("-created_at"),
});

export const cancelledJob = z.object({ job_id: resourceId, status: z.literal("cancelled") });

export type JobBody = z.output<typeof job>;
export type JobItemBody = z.output<typeof jobItem>;
export type SelectionRequest = z.output<typeof selectionRequest>;
