import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { type PartView, viewOf } from "../part-view.ts";
import { tellsSomething } from "../stats/partial-likelihood.ts";
import { supervised } from "../target.ts";
import type { Balancing } from "./balanced-part.ts";
import type { ColumnScale } from "./column-scale.ts";
import { designOf } from "./design.ts";
import { geometricLambdas } from "./lambdas.ts";
import { type Family, lossOf } from "./losses.ts";
import { type Enough, fitPath, type LambdaSequence, type Path } from "./path.ts";

export interface PenalizedOptions {
  /** 0 (ridge) to 1 (lasso) */
  readonly l1Ratio: number;
  /** decreasing, >= 0, or made from the smallest that keeps every feature out; left out, `nLambda` values from that one */
  readonly lambdas?: ArrayLike<number> | LambdaSequence;
  /** 100 */
  readonly nLambda?: number;
  /** last lambda over the first; 1e-4 if the part has more samples than features, else 0.01 */
  readonly lambdaMinRatio?: number;
  /** weights of the m samples, multiplicities included; `part.counts` when left out */
  readonly weights?: ArrayLike<number>;
  /** what columns are divided by; `standardize`, unit variance, when left out */
  readonly scale?: ColumnScale;
  /** how the training samples of an inner fold are balanced; they count by `weights` when left out */
  readonly balancing?: Balancing | undefined;
  /** stop after a step that satisfies this; `entered` features have been in the model so far */
  readonly enough?: Enough;
  /** stop where everything is explained or nothing gained; true, unless `lambdas` are given */
  readonly stopEarly?: boolean;
  /** breach of an optimality condition let pass, as a share of the largest gradient of the empty model; 1e-7 */
  readonly tolerance?: number;
  /** the same at the last lambda, for coefficients that rounding alone tells apart; `tolerance` when left out */
  readonly lastTolerance?: number;
}

/** A path with what its coefficients refer to: they belong to (x - centre) / scale. */
export interface PenalizedPath extends Path {
  readonly family: Family;
  /** weighted mean and standard deviation (1/n) of each feature, p */
  readonly centre: Float64Array;
  readonly sd: Float64Array;
  /** what columns were divided by, p; 0 for constant ones */
  readonly scale: Float64Array;
  /** standard deviation of each covariate; 0 where it is constant in the part, its coefficient 0 */
  readonly covariateSd: Float64Array;
  /** what each covariate was divided by */
  readonly covariateScale: Float64Array;
  /** what `y` was reduced to before fitting, (y - centre) / scale; 0 and 1 for classes */
  readonly targetCentre: number;
  readonly targetScale: number;
}

/**
 * Penalised linear models along a path of lambdas, on the samples of a training part:
 * Gaussian for regression, logistic for two classes, multinomial (ungrouped) for more, Cox (Breslow ties) for survival.
 *
 *   minimise  mean loss + lambda (l1_ratio ||b||_1 + (1 - l1_ratio)/2 ||b||²)
 *
 * over columns centred and, unless `scale` says otherwise, scaled to unit weighted 1/n variance; mean losses are 1/2 (y - eta)² with y scaled to unit
 * 1/n standard deviation, and -log likelihood; for Cox the log partial likelihood over the sum of all weights, events or not,
 * measured from the best there could be (`partialLoss`). Intercepts are free, and so are the part's covariates, which are in
 * every model. Constant columns get 0.
 *
 * @throws EngineError  data_unusable (one class, constant target, no event), not_converged
 * Cost O(m p) a reading of X, a few readings every ten lambdas, and O(m |working set|) a sweep.
 */
export function fitPenalized(part: TrainingPart, options: PenalizedOptions): PenalizedPath {
  const view = viewOf(part);
  return view.arena.scope(() => {
    const response = responseOf(part, options.weights ?? part.counts);
    const design = designOf(view, response.weights, options.scale ?? "standardize", view.covariates);
    const loss = lossOf(response, design);
    const ratio = options.lambdaMinRatio ?? (part.m > part.p ? 1e-4 : 1e-2);
    const given = options.lambdas ?? ((lambdaMax: number) => geometricLambdas(lambdaMax, options.nLambda ?? 100, ratio));
    const path = fitPath(design, loss, typeof given === "function" ? given : () => given, {
      l1Ratio: options.l1Ratio,
      stopEarly: options.stopEarly ?? options.lambdas === undefined,
      enough: options.enough,
      tolerance: options.tolerance ?? 1e-7,
      lastTolerance: options.lastTolerance,
    });
    return {
      ...path,
      family: response.family,
      centre: Float64Array.from(design.centre.subarray(0, view.p)),
      sd: Float64Array.from(design.sd.subarray(0, view.p)),
      scale: Float64Array.from(design.scale.subarray(0, view.p)),
      covariateSd: Float64Array.from(design.sd.subarray(view.p)),
      covariateScale: Float64Array.from(design.scale.subarray(view.p)),
      targetCentre: response.centre,
      targetScale: response.scale,
    };
  });
}

/** The target of a part as the solvers take it: over all n rows of the matrix. */
export interface Response {
  readonly family: Family;
  readonly classes: number;
  /** f64[n]; numbers of mean 0 and standard deviation 1 under the weights, or class codes, or 1 for an event; 0 outside the part */
  readonly y: Float64Array;
  /** f64[n]; of a Cox model */
  readonly time?: Float64Array;
  /** f64[n]; 0 outside the part */
  readonly weights: Float64Array;
  readonly centre: number;
  readonly scale: number;
}

/** @param weights  of the m samples */
export function responseOf(part: TrainingPart, weights: ArrayLike<number>): Response {
  const target = supervised(part.target);
  const view = viewOf(part);
  const rows = spread(view, weights);
  if (target.task === "survival") {
    const [y, time] = [spread(view, target.event), spread(view, target.time)];
    if (!tellsSomething({ rows: view.rows, time, event: y })) throw new EngineError("data_unusable", NO_EVENT);
    return { family: "cox", classes: 1, y, time, weights: rows, centre: 0, scale: 1 };
  }
  if (target.task === "regression") {
    const { centre, scale } = standardForm(target.y, weights);
    const y = spread(
      view,
      target.y.map((value) => (value - centre) / scale),
    );
    return { family: "gaussian", classes: 1, y, weights: rows, centre, scale };
  }
  const K = target.classes.length;
  const sizes = new Float64Array(K);
  for (let i = 0; i < part.m; i++) sizes[target.y[i]!]! += weights[i]!;
  const absent = sizes.indexOf(0);
  if (absent >= 0) {
    throw new EngineError("data_unusable", `class ${target.classes[absent]} has no sample in a training part; use fewer folds or drop it`);
  }
  const family = K === 2 ? "binomial" : "multinomial";
  return { family, classes: K, y: spread(view, target.y), weights: rows, centre: 0, scale: 1 };
}

const NO_EVENT =
  "a training part has no event that happened while others were still at risk, so that there is nothing to learn; use fewer folds, or more samples with events";

function standardForm(y: Float64Array, weights: ArrayLike<number>): { centre: number; scale: number } {
  let [sum, first, second] = [0, 0, 0];
  for (let i = 0; i < y.length; i++) sum += weights[i]!;
  for (let i = 0; i < y.length; i++) first += (weights[i]! / sum) * y[i]!;
  for (let i = 0; i < y.length; i++) second += (weights[i]! / sum) * (y[i]! - first) ** 2;
  const scale = Math.sqrt(second);
  if (!(scale > 1e-12 * Math.abs(first))) {
    throw new EngineError("data_unusable", `the target is ${y[0]} in every sample of a training part; there is nothing to learn`);
  }
  return { centre: first, scale };
}

/** Values of the m samples at their rows of the matrix, 0 elsewhere. */
export function spread(view: PartView, values: ArrayLike<number>): Float64Array {
  const all = new Float64Array(view.n);
  for (let i = 0; i < view.rows.length; i++) all[view.rows[i]!] = values[i]!;
  return all;
}
