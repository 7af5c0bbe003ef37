import type { AnySelector } from "../src/selectors/define.ts";
import type { Task } from "../src/target.ts";

/**
 * How features may be changed while a method answers the same.
 * increasing: each by its own increasing function; affine: each by its own scale, of either sign, and shift;
 * shifts: each by its own shift, all by one scale; common: all by one scale and one shift.
 */
export type Change = "increasing" | "affine" | "shifts" | "common";

export interface Properties {
  /** options at which no random number enters the answer: nothing is tuned by cross-validation or drawn; null: there are none */
  readonly fixed: Record<string, unknown> | null;
  /** options at which random numbers enter, kept cheap; left out where they never do */
  readonly drawn?: Record<string, unknown>;
  /** null: no change leaves it alone */
  readonly invariant: Change | null;
  /** the features stay in their order under the change, their scores do not stay the same */
  readonly scoresChange?: true;
  /** every sample drawn twice ranks as every sample drawn once */
  readonly copies?: true;
  /** a column of the label ranks first */
  readonly labelFirst?: false;
  /** of features that tell the same it may leave one out */
  readonly dropsCopies?: true;
  /** options for hundreds of fits */
  readonly light?: Record<string, unknown>;
}

const path = {
  fixed: { lambda: 0.05, n_lambda: 20 },
  drawn: { n_lambda: 8, lambda_min_ratio: 0.05 },
  invariant: "affine",
  copies: true,
  light: { lambda: "count", n_lambda: 40 },
} as const;
const ranks = { fixed: {}, invariant: "increasing" } as const;

/** One line a method; a test fails for a registered one that is not here. */
export const properties: Readonly<Record<string, Properties>> = {
  anova: { fixed: {}, invariant: "affine", copies: true },
  auc: { ...ranks, copies: true },
  boruta: {
    fixed: null,
    drawn: { max_runs: 10, n_trees: 30, multiple_testing: false, include_tentative: true, importance: "impurity" },
    invariant: "increasing",
  },
  cfs: ranks,
  correlation_filter: { fixed: {}, invariant: "affine", copies: true },
  cox_lasso: { ...path, dropsCopies: true },
  cox_univariate: { fixed: {}, invariant: "affine" },
  elastic_net: path,
  fcbf: ranks,
  // it judges the size of a change alone
  fold_change: { fixed: { data_scale: "log" }, invariant: "shifts", scoresChange: true, copies: true, labelFirst: false },
  heg: { fixed: {}, invariant: "common", scoresChange: true, copies: true },
  // dispersion is judged against features of like mean, in units of the data
  hvg: { fixed: {}, invariant: null },
  information_gain: ranks,
  kruskal: { ...ranks, copies: true },
  l1_svm: { fixed: { c: 0.1, n_c: 20 }, drawn: { n_c: 8, c_ratio: 30 }, invariant: "affine", light: { c: "count" } },
  lasso: { ...path, dropsCopies: true },
  moderated_t: { fixed: {}, invariant: "shifts" },
  mrmr: { fixed: {}, invariant: "affine", copies: true },
  mutual_information: { fixed: {}, invariant: "affine" },
  nearest_shrunken_centroids: { fixed: { threshold: 0.5 }, drawn: {}, invariant: "shifts" },
  relieff: { fixed: {}, drawn: { n_instances: 20 }, invariant: "affine", light: { n_instances: 30 } },
  rf_importance: { fixed: null, drawn: { n_trees: 40 }, invariant: "increasing" },
  ridge: { fixed: { lambda: 0.1 }, drawn: { n_lambda: 8 }, invariant: "affine", copies: true, light: { lambda: 0.1 } },
  svm_rfe: { fixed: {}, invariant: "affine" },
  symmetrical_uncertainty: ranks,
  t_test: { fixed: {}, invariant: "affine" },
  variance_threshold: { fixed: {}, invariant: "shifts", scoresChange: true, copies: true },
  wilcoxon: ranks,
  xgboost: {
    fixed: { n_estimators: 10 },
    drawn: { n_estimators: 10, subsample: 0.7, colsample_bytree: 0.7 },
    invariant: "increasing",
    // the mean gain of deep trees favours what is split on once
    light: { n_estimators: 20, max_depth: 2, importance: "total_gain" },
  },
};

/** @throws Error  the table has no line for this method */
export function propertiesOf({ id }: AnySelector, task?: Task): Properties {
  const found = properties[id];
  if (found === undefined) throw new Error(`${id} has no line in selector-properties.ts`);
  // its score takes the target into account unless told not to
  if (id === "correlation_filter" && task === "unsupervised") {
    return { ...found, fixed: { score: "variance" }, invariant: "shifts", scoresChange: true };
  }
  return found;
}

/** The same answer at every call with the same seed, and the least that enters it by chance. */
export function steadyOptions({ fixed, drawn }: Properties): Record<string, unknown> {
  return fixed ?? drawn ?? {};
}
