import type { AnyPgColumn } from "drizzle-orm/pg-core";
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  real,
  sql,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
  varchar,
} from "./database/drizzle.ts";
import { queueNames } from "./ports/job-queue.ts";

/**
 * The tables, the one source of the migrations (`npx drizzle-kit generate` in this package).
 *
 * dataset   an ingested matrix; its blob is `datasets/<id>/data.h5ad`
 * job       something to be computed on a dataset, split into units
 * unit      the smallest piece that is done whole or again; its output is the blob `checkpoints/<job>/<unit>`
 * range     units of one stage that follow each other, what one message of the queue names; the last range of a job is its reduce
 * worker    a process that computes, as long as it says that it is there
 * event     what happened to a job, numbered from 1 without gaps
 * result    what a completed job leaves; its artifacts are blobs below `results/<id>/`
 *
 * Times keep milliseconds, as JavaScript's Date does: a cursor made from a row finds that row again.
 */
const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: "date" });
const createdAt = () => time("created_at").notNull().defaultNow();
type Json = Record<string, unknown>;

export const userRole = pgEnum("user_role", ["user", "researcher", "admin"]);
export const dataType = pgEnum("data_type", [
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
]);
export const jobType = pgEnum("job_type", [
  "feature_selection",
  "model_training",
  "hyperparameter_tuning",
  "benchmarking",
  "preprocessing",
]);
export const jobStatus = pgEnum("job_status", ["pending", "running", "completed", "failed", "cancelled"]);
export const datasetStatus = pgEnum("dataset_status", ["ingesting", "ready", "failed"]);
export const unitState = pgEnum("unit_state", ["pending", "running", "done", "failed"]);
/** blocked: an earlier stage is not done; leased: a worker has it until `leased_until` */
export const rangeState = pgEnum("range_state", ["blocked", "pending", "leased", "done"]);

export const users = pgTable(
  "users",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    email: varchar("email", { length: 255 }).notNull().unique(),
    username: varchar("username", { length: 100 }).notNull().unique(),
    hashedPassword: varchar("hashed_password", { length: 255 }).notNull(),
    fullName: varchar("full_name", { length: 255 }),
    role: userRole("role").notNull().default("user"),
    isActive: boolean("is_active").notNull().default(true),
    /** who the audit log speaks of; deleting the row destroys the only link between the two */
    pseudonym: uuid("pseudonym").notNull().unique().defaultRandom(),
    createdAt: createdAt(),
    updatedAt: time("updated_at"),
  },
  // Jane and jane are one person, or somebody who wants to be taken for her.
  (t) => [uniqueIndex("users_username_folded").on(sql`lower(${t.username})`)],
);

export const datasets = pgTable(
  "datasets",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    name: varchar("name", { length: 255 }).notNull(),
    description: text("description"),
    dataType: dataType("data_type").notNull(),
    filePath: varchar("file_path", { length: 500 }),
    nSamples: integer("n_samples"),
    nFeatures: integer("n_features"),
    metadata: jsonb("metadata").$type<Json>(),
    ownerId: uuid("owner_id").references(() => users.id, { onDelete: "cascade" }),
    status: datasetStatus("status").notNull().default("ready"),
    errorMessage: text("error_message"),
    /** SHA-256 over shape, ids, X and obs, lower-case hex */
    contentHash: varchar("content_hash", { length: 64 }),
    bytes: bigint("bytes", { mode: "number" }).notNull().default(0),
    createdAt: createdAt(),
  },
  (t) => [index("datasets_owner_created").on(t.ownerId, t.createdAt, t.id)],
);

export const datasetShares = pgTable(
  "dataset_shares",
  {
    datasetId: uuid("dataset_id")
      .notNull()
      .references(() => datasets.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.datasetId, t.userId] }), index("dataset_shares_user").on(t.userId)],
);

export const jobs = pgTable(
  "jobs",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    jobType: jobType("job_type").notNull(),
    status: jobStatus("status").notNull().default("pending"),
    /** id of the message in the queue; the name is the plan's */
    celeryTaskId: varchar("celery_task_id", { length: 255 }).unique(),
    /** { methods, ...config } as submitted and checked, defaults filled in */
    config: jsonb("config").$type<Json>().notNull(),
    userId: uuid("user_id").references(() => users.id, { onDelete: "cascade" }),
    datasetId: uuid("dataset_id").references(() => datasets.id, { onDelete: "set null" }),
    startedAt: time("started_at"),
    completedAt: time("completed_at"),
    errorMessage: text("error_message"),
    resultId: uuid("result_id").references((): AnyPgColumn => results.id, { onDelete: "set null" }),
    queue: text("queue", { enum: queueNames }).notNull().default("default"),
    /** 0 to 100; never falls, 100 only when completed */
    progress: integer("progress").notNull().default(0),
    message: text("message"),
    etaSeconds: integer("eta_seconds"),
    eventSeq: integer("event_seq").notNull().default(0),
    attempts: integer("attempts").notNull().default(0),
    /** when progress was last written, by whichever worker: at most four times a second */
    progressAt: time("progress_at"),
    /** { seconds, bytes, ... } as estimated when submitted */
    estimate: jsonb("estimate").$type<Json>(),
    createdAt: createdAt(),
  },
  (t) => [
    index("jobs_user_created").on(t.userId, t.createdAt, t.id),
    index("jobs_unfinished").on(t.createdAt).where(sql`status in ('pending', 'running')`),
    index("jobs_dataset").on(t.datasetId),
    check("jobs_progress", sql`progress between 0 and 100 and (progress < 100 or status = 'completed')`),
    check("jobs_queue", sql`queue in ('high_priority', 'default', 'low_priority')`),
  ],
);

export const results = pgTable(
  "results",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    jobId: uuid("job_id").references(() => jobs.id, { onDelete: "cascade" }),
    selectedFeatures: varchar("selected_features").array(),
    metrics: jsonb("metrics").$type<Json>(),
    artifactsPath: varchar("artifacts_path", { length: 500 }),
    createdAt: createdAt(),
  },
  (t) => [index("results_job").on(t.jobId)],
);

export const jobUnits = pgTable(
  "job_units",
  {
    jobId: uuid("job_id")
      .notNull()
      .references(() => jobs.id, { onDelete: "cascade" }),
    unitId: varchar("unit_id", { length: 255 }).notNull(),
    state: unitState("state").notNull().default("pending"),
    attempts: integer("attempts").notNull().default(0),
    /** SHA-256 of the checkpoint, lower-case hex */
    checkpointHash: varchar("checkpoint_hash", { length: 64 }),
    /** place in the order of work, from 0: by stage, the dearest first */
    position: integer("position").notNull(),
    /** a unit reads outputs of earlier stages alone; from 1 */
    stage: integer("stage").notNull(),
    /** rough seconds on one thread */
    cost: real("cost").notNull(),
  },
  (t) => [primaryKey({ columns: [t.jobId, t.unitId] }), unique("job_units_position").on(t.jobId, t.position)],
);

/** What a message names. Every change is one conditional update, so that of two workers one has it. */
export const jobRanges = pgTable(
  "job_ranges",
  {
    jobId: uuid("job_id")
      .notNull()
      .references(() => jobs.id, { onDelete: "cascade" }),
    range: integer("range").notNull(),
    stage: integer("stage").notNull(),
    /** positions of its units: from `first` up to, not including, `end`; the reduce has none */
    first: integer("first").notNull(),
    end: integer("end").notNull(),
    state: rangeState("state").notNull().default("blocked"),
    /** order among the ranges of the queue: the how-manieth unfinished one of its user this is */
    turn: integer("turn").notNull().default(0),
    leasedBy: uuid("leased_by"),
    leasedUntil: time("leased_until"),
    /** workers that went down with it */
    attempts: integer("attempts").notNull().default(0),
    /** id of its last message, and when that was last known to be in the queue */
    messageId: varchar("message_id", { length: 255 }),
    sentAt: time("sent_at"),
  },
  (t) => [
    primaryKey({ columns: [t.jobId, t.range] }),
    index("job_ranges_open").on(t.sentAt).where(sql`state in ('pending', 'leased')`),
    index("job_ranges_leased").on(t.leasedBy).where(sql`state = 'leased'`),
    check("job_ranges_lease", sql`(state = 'leased') = (leased_by is not null and leased_until is not null)`),
  ],
);

export const workers = pgTable("workers", {
  id: uuid("id").primaryKey(),
  host: varchar("host", { length: 255 }).notNull(),
  threads: integer("threads").notNull(),
  queues: text("queues", { enum: queueNames }).array().notNull(),
  startedAt: time("started_at").notNull().defaultNow(),
  seenAt: time("seen_at").notNull().defaultNow(),
});

export const jobEvents = pgTable(
  "job_events",
  {
    jobId: uuid("job_id")
      .notNull()
      .references(() => jobs.id, { onDelete: "cascade" }),
    seq: integer("seq").notNull(),
    type: text("type").notNull(),
    payload: jsonb("payload").$type<Json>().notNull(),
    at: time("at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.jobId, t.seq] }), index("job_events_at").on(t.at)],
);

export const refreshTokens = pgTable(
  "refresh_tokens",
  {
    /** SHA-256 of the token, lower-case hex; the token itself is kept by its user alone */
    hash: varchar("hash", { length: 64 }).primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** all tokens that came from one login */
    family: uuid("family").notNull(),
    expiresAt: time("expires_at").notNull(),
    usedAt: time("used_at"),
    revokedAt: time("revoked_at"),
    createdAt: createdAt(),
  },
  (t) => [index("refresh_tokens_family").on(t.family), index("refresh_tokens_user").on(t.userId)],
);

/** Append-only: a trigger (migration 0001) refuses update, delete and truncate. */
export const auditLog = pgTable("audit_log", {
  seq: bigint("seq", { mode: "number" }).primaryKey(),
  at: time("at").notNull(),
  /** `users.pseudonym`, `system`, or null for somebody not logged in */
  actor: text("actor"),
  action: text("action").notNull(),
  resource: text("resource"),
  address: text("address"),
  prevHash: varchar("prev_hash", { length: 64 }).notNull(),
  hash: varchar("hash", { length: 64 }).notNull().unique(),
});

export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    userId: uuid("user_id").notNull(),
    route: text("route").notNull(),
    key: varchar("key", { length: 255 }).notNull(),
    bodyHash: varchar("body_hash", { length: 64 }).notNull(),
    /** null while the work is under way */
    responseStatus: integer("response_status"),
    responseBody: text("response_body"),
    responseLocation: text("response_location"),
    expiresAt: time("expires_at").notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.route, t.key] }),
    foreignKey({ columns: [t.userId], foreignColumns: [users.id] }).onDelete("cascade"),
    index("idempotency_keys_expires").on(t.expiresAt),
  ],
);

export type User = typeof users.$inferSelect;
export type Dataset = typeof datasets.$inferSelect;
export type Job = typeof jobs.$inferSelect;
export type Result = typeof results.$inferSelect;
export type JobUnit = typeof jobUnits.$inferSelect;
export type JobRange = typeof jobRanges.$inferSelect;
export type WorkerRow = typeof workers.$inferSelect;
export type JobEvent = typeof jobEvents.$inferSelect;
export type AuditEntry = typeof auditLog.$inferSelect;
export type UserRole = User["role"];
export type DataType = Dataset["dataType"];
export type DatasetStatus = Dataset["status"];
export type JobType = Job["jobType"];
export type JobStatus = Job["status"];
