import { z } from "zod";

/** What a feature-selection study is asked to do: `config` of POST /jobs/feature-selection and the flags of `omicselector2 select`. */

const columnName = z.string().min(1).max(255);

export const transforms = ["none", "log2", "log2p1", "clip", "cpm_log"] as const;
export const imputations = ["none", "mean", "median", "knn"] as const;
export const balances = ["none", "class_weight", "undersample", "oversample", "smote"] as const;
export const scales = ["auto", "none", "standardize", "robust"] as const;
export const stabilitySchemes = ["subsample", "complementary_pairs", "bootstrap"] as const;
export const stabilityAssumptions = ["unimodal", "none", "r-concave"] as const;
export const ensembleRules = [
  "robust_rank_aggregation",
  "borda",
  "majority_vote",
  "soft_vote",
  "intersection",
  "union",
  "min_votes",
] as const;

export const stabilityConfig = z
  .strictObject({
    enabled: z.boolean().default(false).describe("resample the whole selection and keep what is selected often enough"),
    n_bootstraps: z.int().min(2).max(10_000).default(100).describe("resamples"),
    threshold: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe(
        "a feature passes when it is selected in at least this share of the resamples; 0.7 when left out, or what pfer and q leave",
      ),
    scheme: z
      .enum(stabilitySchemes)
      .default("subsample")
      .describe(
        "subsample: half of the samples without replacement; complementary_pairs: both halves of each split; bootstrap: with replacement",
      ),
    q: z
      .int()
      .min(1)
      .optional()
      .describe(
        "features taken in each resample; when left out n_features_to_select, or half of the features where that is fewer, or what pfer and the threshold leave",
      ),
    pfer: z
      .number()
      .gt(0)
      .optional()
      .describe(
        "accept at most so many false selections: q follows from it and the threshold, or the threshold from it and q; not for scheme bootstrap",
      ),
    assumption: z
      .enum(stabilityAssumptions)
      .default("unimodal")
      .describe("complementary_pairs: what is assumed of selection frequencies; less is safer and gives a larger bound"),
  })
  .default({ enabled: false, n_bootstraps: 100, scheme: "subsample", assumption: "unimodal" });

/** Other names of ensemble rules; answered with the rule's own. */
export const ensembleAliases = { consensus_ranking: "borda" } as const;
export type EnsembleRule = (typeof ensembleRules)[number];
const ruleNames = [...ensembleRules, ...(Object.keys(ensembleAliases) as (keyof typeof ensembleAliases)[])] as const;

export const ensembleConfig = z
  .strictObject({
    rule: z.enum(ruleNames).default("robust_rank_aggregation").describe("consensus_ranking is borda"),
    min_votes: z.int().min(1).optional().describe("for min_votes: methods that must agree"),
  })
  .default({ rule: "robust_rank_aggregation" });

export const prefilterConfig = z
  .strictObject({
    method: z.string().min(1).max(100).describe("a filter: a method that judges one feature at a time"),
    top: z.int().min(1).optional().describe("keep the best so many"),
    alpha: z.number().gt(0).max(1).optional().describe("keep what has a p-value below this, unadjusted"),
    fdr: z.number().gt(0).max(1).optional().describe("keep what has a Benjamini-Hochberg adjusted p-value below this"),
    options: z.record(z.string(), z.unknown()).default({}).describe("options of the filter"),
  })
  .refine(({ top, alpha, fdr }) => [top, alpha, fdr].filter((cut) => cut !== undefined).length === 1, {
    message: "give exactly one of top, alpha and fdr",
  });

export const selectionConfig = z.strictObject({
  target_column: columnName.optional().describe("sample column to be predicted; found by its name when left out"),
  time_column: columnName
    .optional()
    .describe("survival: time to the event or to the last sight; goes with event_column, instead of target_column"),
  event_column: columnName.optional().describe("survival: whether the event was seen; goes with time_column"),
  event_value: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("value of event_column that says that the event was seen; 1, true, yes, dead, deceased, relapse and the like when left out"),
  positive_class: columnName.optional().describe("for two classes: the one that a higher score speaks for"),
  task: z
    .enum(["classification", "regression", "survival", "unsupervised"])
    .optional()
    .describe(
      "unsupervised: no target, and no outer estimate; survival where time_column is given; else classification unless the target is numeric with more than 20 values",
    ),
  layer: z.enum(["X", "raw"]).default("X").describe("matrix of an h5ad file to use"),
  transform: z.enum(transforms).default("none").describe("applied to every value before anything else"),
  clip: z
    .tuple([z.number(), z.number()])
    .optional()
    .describe("lowest and highest value; applied before the transform, required by transform clip"),
  impute: z
    .enum(imputations)
    .default("median")
    .describe(
      "learned in every training part anew; knn: mean of the 5 nearest samples; none: gaps are an error for methods that need values",
    ),
  scale: z
    .enum(scales)
    .default("auto")
    .describe(
      "what linear, SVM and distance methods divide columns by, learned in every training part anew: standardize, the standard deviation (auto); robust, the interquartile range; none",
    ),
  balance: z
    .enum(balances)
    .default("none")
    .describe(
      "classes of unequal size, in training parts only and after every split: class_weight weighs samples by n / (K n_k); undersample draws each class down to the smallest; oversample draws again up to the largest; smote adds samples between neighbours of a class",
    ),
  prefilter: prefilterConfig.optional().describe("run first, inside every resample: the methods see only what passes it"),
  groups: columnName.optional().describe("sample column whose members never straddle a split"),
  covariates: z
    .array(columnName)
    .max(50)
    .default([])
    .describe(
      "columns that stay in the model unpenalised (age, sex, batch), where the method can: sample columns, text as one column a category but the first, or features, which then are none",
    ),
  exclude_columns: z.array(columnName).default([]).describe("numeric columns that are no features"),
  cv_folds: z.int().min(2).max(50).default(5).describe("outer folds, and inner folds of methods that tune"),
  cv_repeats: z.int().min(1).max(50).default(1).describe("repeats of the outer folds"),
  n_features_to_select: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("at most this many features in a signature; 50, or all where there are fewer, when left out"),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(42),
  stability: stabilityConfig,
  ensemble: ensembleConfig,
  method_options: z.record(z.string(), z.record(z.string(), z.unknown())).default({}).describe("options of single methods, by method id"),
});

export type SelectionConfig = z.output<typeof selectionConfig>;
export type SelectionConfigInput = z.input<typeof selectionConfig>;

/** A config whose defaults that depend on the data are filled in. */
export type ResolvedSelectionConfig = SelectionConfig & {
  n_features_to_select: number;
  stability: SelectionConfig["stability"] & { threshold: number; q: number };
  ensemble: SelectionConfig["ensemble"] & { rule: EnsembleRule };
};
