import { z } from "zod";

/** `result.json` of the CLI, and `selected_features` and `metrics` of GET /results/{id}: the same keys, the same numbers. */

const interval = z.tuple([z.number(), z.number()]).nullable();

/**
 * Outer estimates of one signature: `<metric>` is the mean over the outer folds, `<metric>_interval` its corrected resampled t interval
 * (Nadeau & Bengio 2003), null where the folds do not vary. Metrics by task: binary and multi-class roc_auc (macro, one against the rest),
 * accuracy, balanced_accuracy, f1, mcc, log_loss; binary also pr_auc, brier; regression rmse, mae, r2.
 */
export const performance = z
  .object({
    roc_auc: z.number().nullable().optional(),
    roc_auc_interval: interval.optional(),
    fold_values: z
      .record(z.string(), z.array(z.number().nullable()))
      .describe("metric -> value of each outer fold, null where it has none"),
    n_features_by_fold: z.array(z.number().int()),
    model: z.string(),
    notes: z.array(z.string()),
  })
  .catchall(z.unknown());

export const stabilityIndex = z.object({
  index: z.number().nullable().describe("Nogueira, Sechidis & Brown 2018"),
  interval,
  jaccard: z.number().nullable().describe("mean over pairs of selections: shared over either; not corrected for chance"),
  kuncheva: z.number().nullable().describe("mean over pairs, corrected for chance; null where selections differ in size"),
  resamples: z.number().int(),
  over: z.enum(["resamples", "outer_folds"]),
});

export const methodResult = z.object({
  ranking: z.array(
    z
      .object({ feature: z.string(), rank: z.number().int(), score: z.number().nullable() })
      .catchall(z.union([z.number(), z.string(), z.null()])),
  ),
  summary: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
  stability_scores: z.record(z.string(), z.number()),
  stability: stabilityIndex,
  performance,
  notes: z.array(z.string()),
});

export const selectionMetrics = z.object({
  stability_scores: z
    .record(z.string(), z.number())
    .describe("feature -> share of the resamples (outer folds, without stability) that selected it"),
  stability: stabilityIndex.extend({
    enabled: z.boolean(),
    scheme: z.string().nullable(),
    threshold: z.number().nullable(),
    q: z.number().nullable(),
    pfer: z.number().nullable(),
    pfer_note: z.string().nullable(),
    failed_resamples: z.number().int(),
  }),
  performance,
  consensus: z.array(z.object({ feature: z.string(), rank: z.number().int(), score: z.number().nullable(), votes: z.number().int() })),
  methods: z.record(z.string(), methodResult),
  notes: z.array(z.string()),
});

export const selectionResult = z.object({
  schema: z.literal("omicselector2/selection/1"),
  selected_features: z.array(z.string()),
  metrics: selectionMetrics,
  dataset: z.object({
    sha256: z.string(),
    n_samples: z.number().int(),
    n_features: z.number().int(),
    target: z.string().nullable().describe("column that was predicted; of survival the time; null for unsupervised"),
    event_column: z.string().nullable().describe("survival: the column that says whether the event was seen"),
    n_events: z.number().int().nullable().describe("survival: samples in which it was"),
    task: z.string(),
    classes: z.record(z.string(), z.number().int()).nullable(),
    positive_class: z.string().nullable(),
  }),
  methods: z.array(z.string()),
  config: z.record(z.string(), z.unknown()),
  versions: z.record(z.string(), z.string()),
});

export type Performance = z.output<typeof performance>;
export type StabilityIndex = z.output<typeof stabilityIndex>;
export type MethodResult = z.output<typeof methodResult>;
export type SelectionMetrics = z.output<typeof selectionMetrics>;
export type SelectionResult = z.output<typeof selectionResult>;
