import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { adjustedFits } from "../stats/adjusted-fits.ts";
import type { DataScale } from "../stats/data-scale.ts";
import { logFUpper, logTTwoSided } from "../stats/distributions.ts";
import { foldChangeOptions, log2FoldChange, scaleOf } from "../stats/fold-change.ts";
import { type LinearFits, linearFits } from "../stats/linear-fits.ts";
import { finite, negativeLog10, rankTests, testOptions } from "../stats/ranked-tests.ts";
import { fitVariancePrior, squeezedVariance, type VariancePrior } from "../stats/variance-prior.ts";
import { defineSelector } from "./define.ts";

export const moderatedT = defineSelector({
  id: "moderated_t",
  aliases: ["limma"],
  tasks: ["binary", "multiclass", "regression"],
  filter: "tests",
  covariates: true,
  summary: "limma's moderated t or F: each feature's variance is drawn towards that of all features",
  explanation:
    "Student's t of the difference of the class means (more classes: F over them; a number: t of the slope), with each feature's variance replaced by a mean of its own and of one that all features together suggest, weighted by degrees of freedom. " +
    "So a feature that happens to vary little among few samples no longer comes first. Use it for small groups (3 to 20 a class) of many features on a log scale; with large groups it agrees with the t-test. " +
    "On the values that are there, nothing imputed. It assumes equal spreads in the classes and sees one feature at a time; counts must be put on a log scale first. With covariates each feature's model holds them too (the difference is then `adjusted_difference`; means and fold change stay those of the data). A sample that a bootstrap drew twice counts twice. " +
    "As in limma, features without any spread within the classes take part in the common variance, so constant ones should be dropped beforehand; they are never selected, nor counted in the adjusted p-values. Cost: one pass over the matrix.",
  source: "Smyth 2004, Stat Appl Genet Mol Biol 3(1); as limma's lmFit and eBayes",
  options: z.strictObject({ ...testOptions, ...foldChangeOptions }),
  cost: ({ n, p, classes }) => 5e-9 * n * p * Math.max(2, classes) + 4e-6 * p,
  memory: ({ n, p, classes }) => 8 * n * classes + (200 + 48 * classes) * p,
  select(train, { adjust, alpha, data_scale }, shared) {
    const adjusted = train.covariateNames.length > 0;
    const fits = adjusted ? adjustedFits(train) : linearFits(train);
    if (fits === undefined)
      throw new EngineError("method_task", "moderated_t needs classes or a number to predict; use cox_univariate for survival");
    const prior = fitVariancePrior(fits.s2, fits.df);
    const tests = moderatedTests(fits, prior);
    const { statistic, logP } = tests;
    const size = statistic.map((value) => Math.abs(value));
    const names = train.featureNames;
    const ranked = rankTests({ names, logP, keys: [logP.map((value) => -value), size], limit: shared.nFeatures, adjust, alpha });
    const { features } = ranked;
    const scale = train.target.task === "binary" ? scaleOf(train, data_scale, fits.moments!) : null;
    const pick = (values: Float64Array) => features.map((j) => finite(values[j]!));
    return {
      features,
      scores: features.map((j) => negativeLog10(logP[j]!)),
      statistics: {
        [fits.effect === undefined ? "f" : "t"]: pick(statistic),
        ...(fits.effect === undefined ? { df1: pick(fits.df1) } : {}),
        df_total: pick(tests.df),
        ...ranked.statistics,
        ...effectColumns(train, fits, features, scale),
        ...(adjusted && scale !== null ? { adjusted_difference: pick(fits.effect!) } : {}),
      },
      summary: {
        ...ranked.summary,
        df_prior: prior === undefined ? null : (finite(prior.df) ?? "infinite"),
        s2_prior: prior === undefined ? null : prior.s2,
        ...(scale === null ? {} : { data_scale: scale }),
        ...(adjusted ? { covariates: train.covariateNames.join(", ") } : {}),
      },
      notes: [...ranked.notes, ...priorNotes(fits, prior), ...(adjusted && scale !== null ? [unadjusted(train.covariateNames)] : [])],
    };
  },
});

interface ModeratedTests {
  /** t where one number tells the effect, else F; NaN where it cannot be tested */
  readonly statistic: Float64Array;
  readonly df: Float64Array;
  readonly logP: Float64Array;
}

/** No feature is credited with more degrees of freedom than all have together, as in limma. */
function moderatedTests(fits: LinearFits, prior: VariancePrior | undefined): ModeratedTests {
  const pooled = fits.df.reduce((sum, df) => sum + df, 0);
  const statistic = new Float64Array(fits.df.length).fill(Number.NaN);
  const df = statistic.slice();
  const logP = statistic.slice();
  if (prior === undefined) return { statistic, df, logP };
  for (let j = 0; j < df.length; j++) {
    const f = fits.explained[j]! / squeezedVariance(fits.s2[j]!, fits.df[j]!, prior);
    if (Number.isNaN(f)) continue;
    df[j] = Math.min(fits.df[j]! + prior.df, pooled);
    statistic[j] = fits.effect === undefined ? f : Math.sqrt(f) * (fits.effect[j]! < 0 ? -1 : 1);
    logP[j] = fits.effect === undefined ? logFUpper(f, fits.df1[j]!, df[j]!) : logTTwoSided(statistic[j]!, df[j]!);
  }
  return { statistic, df, logP };
}

/** Two classes: fold change and means; a number: the slope. */
function effectColumns(train: TrainingPart, fits: LinearFits, features: readonly number[], scale: DataScale | null) {
  const { effect, moments } = fits;
  if (train.target.task === "regression") return { slope: features.map((j) => finite(effect![j]!)) };
  if (scale === null) return {};
  const mean = (j: number, g: number) => moments![6 * j + 3 * g + 1]!;
  return {
    log2_fold_change: features.map((j) => finite(log2FoldChange(mean(j, 0), mean(j, 1), scale))),
    mean_0: features.map((j) => mean(j, 0)),
    mean_1: features.map((j) => mean(j, 1)),
  };
}

const unadjusted = (covariates: readonly string[]) =>
  `t, p-values and adjusted_difference are adjusted for ${covariates.join(", ")}; log2_fold_change, mean_0 and mean_1 are those of the data`;

function priorNotes(fits: LinearFits, prior: VariancePrior | undefined): string[] {
  if (prior === undefined)
    return ["No feature has a degree of freedom left to tell its variance; moderated_t needs two samples in a class."];
  const flat = fits.df.reduce((count, df, j) => count + (df > 0 && fits.s2[j] === 0 ? 1 : 0), 0);
  if (2 * flat <= fits.df.length) return [];
  return [
    `${flat} of ${fits.df.length} features have no spread within the classes: the common variance is unreliable; drop constant features.`,
  ];
}
