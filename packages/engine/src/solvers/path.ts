import { EngineError } from "../errors.ts";
import { type ElasticNet, elasticNet } from "../penalties/elastic-net.ts";
import { Anderson } from "./anderson.ts";
import { Block } from "./block.ts";
import { shiftClasses } from "./class-shift.ts";
import type { Design } from "./design.ts";
import type { Loss } from "./losses.ts";

/** The model at one lambda. Coefficients are on the scale of the design's columns. */
export interface PathStep {
  readonly lambda: number;
  /** features with a coefficient that is not 0 in some block, ascending */
  readonly features: Int32Array;
  /** for each block the coefficients of `features` */
  readonly coefficients: readonly Float64Array[];
  /** for each block the coefficients of the covariates, which are not penalised; empty without any */
  readonly covariates: readonly Float64Array[];
  /** for each block the intercept beside centred columns */
  readonly intercepts: Float64Array;
  /** 1 - loss / loss of the intercepts alone; what covariates explain counts */
  readonly devianceRatio: number;
  /** mean loss + penalty */
  readonly objective: number;
}

/** Why a path ended: all lambdas done, or earlier, as glmnet does it. */
export type PathEnd = "complete" | "saturated" | "no_progress" | "enough";

export interface PathOptions {
  /** 0 (ridge) to 1 (lasso) */
  readonly l1Ratio: number;
  /** stop where the model explains everything or gains nothing any more */
  readonly stopEarly: boolean;
  /** stop after a step that satisfies this; `entered` features have been in the model so far */
  readonly enough?: Enough | undefined;
  /** largest breach of an optimality condition that is let pass, as a share of the largest gradient of the empty model */
  readonly tolerance: number;
  /** the same for the last lambda; `tolerance` when left out */
  readonly lastTolerance?: number | undefined;
  /** called at each solution, while the loss's predictors stand at it */
  readonly onStep?: ((index: number) => void) | undefined;
}

export interface Path {
  readonly steps: readonly PathStep[];
  /** for each feature the step at which it was first not 0, -1 if never; Int32Array p */
  readonly entry: Int32Array;
  readonly end: PathEnd;
  /** the sequence asked for; `steps` may stop before its end */
  readonly lambdas: Float64Array;
  /** smallest lambda at which no feature is in the model, beside the covariates; for l1_ratio below 0.001 that of 0.001, as glmnet has it */
  readonly lambdaMax: number;
}

export type Enough = (step: PathStep, entered: number) => boolean;

export type LambdaSequence = (lambdaMax: number) => ArrayLike<number>;

/**
 * Solutions along decreasing lambdas, each started from the one before:
 *
 *   minimise  mean loss + lambda (l1_ratio ||b||_1 + (1 - l1_ratio)/2 ||b||²)
 *
 * by Newton steps on quadratic models solved by coordinate descent, over the features that the sequential strong rule
 * proposes; every solution is then checked over all features.
 *
 * Columns of the design behind its features (covariates) are in every model, without a penalty.
 *
 * @param loss  standing at the intercepts alone
 * @param sequence  decreasing lambdas, >= 0, given the smallest one at which the model is empty
 * @throws EngineError  not_converged
 * Source: Friedman, Hastie & Tibshirani 2010, J Stat Softw 33(1); Tibshirani et al. 2012, JRSS B 74:245.
 * Differs from glmnet: stops on the optimality conditions, not on the largest change of a coefficient.
 */
export function fitPath(design: Design, loss: Loss, sequence: LambdaSequence, options: PathOptions): Path {
  const solver = new PathSolver(design, loss, options);
  const { lambdaMax } = solver;
  const lambdas = Float64Array.from(sequence(lambdaMax));
  const { l1Ratio } = options;
  const steps: PathStep[] = [];
  const entry = new Int32Array(design.view.p).fill(-1);
  let entered = 0;
  const ended = (end: PathEnd): Path => ({ steps, entry, end, lambdas, lambdaMax });
  for (let k = 0; k < lambdas.length; k++) {
    const lambda = lambdas[k]!;
    const last = k === 0 ? Math.max(lambda, lambdaMax) : lambdas[k - 1]!;
    if (k > 1) solver.extrapolate((last - lambda) / (lambdas[k - 2]! - last));
    solver.restart(l1Ratio * (2 * lambda - last));
    if (k === lambdas.length - 1) solver.tolerate(options.lastTolerance ?? options.tolerance);
    steps.push(solver.solve(lambda));
    for (const j of steps[k]!.features) {
      if (entry[j]! >= 0) continue;
      entry[j] = k;
      entered++;
    }
    options.onStep?.(k);
    if (options.enough?.(steps[k]!, entered)) return ended("enough");
    const end = options.stopEarly ? (reasonToStop(steps) ?? (solver.separated ? "saturated" : undefined)) : undefined;
    if (end !== undefined) return ended(end);
  }
  return ended("complete");
}

/** glmnet's rules: at least five lambdas, then 99.9 % explained, or a gain in the last step below 1e-5 of what is explained. */
function reasonToStop(steps: readonly PathStep[]): PathEnd | undefined {
  const now = steps.at(-1)!.devianceRatio;
  if (now > 0.999) return "saturated";
  if (steps.length < 5 || now === 0) return undefined;
  return now - steps.at(-2)!.devianceRatio < 1e-5 * now ? "no_progress" : undefined;
}

class PathSolver {
  readonly lambdaMax: number;
  readonly #design: Design;
  readonly #loss: Loss;
  readonly #options: PathOptions;
  readonly #blocks: Block[];
  readonly #nullLoss: number;
  readonly #largest: number;
  readonly #anderson: Anderson | undefined;
  #tolerance = 0;

  constructor(design: Design, loss: Loss, options: PathOptions) {
    this.#design = design;
    this.#loss = loss;
    this.#options = options;
    const references = referencesThatFit(design, loss.blocks);
    this.#blocks = loss.eta.map((_, b) => new Block(design, loss, b, references));
    this.#nullLoss = loss.evaluate();
    // a logistic model takes one to three rounds a lambda, each with its own sweeps: nothing to look back on
    this.#anderson = loss.family === "binomial" ? undefined : new Anderson(this.#blocks, loss, design.view.n);
    if (design.columns > design.view.p) this.#fitCovariates();
    const largest = largestGradient(this.#blocks);
    this.lambdaMax = largest / Math.max(options.l1Ratio, 1e-3);
    this.#largest = largest;
    this.#tolerance = options.tolerance * largest;
  }

  /** The model of intercepts and covariates, from which lambda_max follows: solved closer than what comes after. */
  #fitCovariates(): void {
    const none = elasticNet(0, 1);
    const gradients = this.#blocks.map((block) => block.violation(none));
    this.#tolerance = COVARIATE_SHARE * this.#options.tolerance * Math.max(...gradients);
    if (this.#solve(none, () => 0, MOST_COVARIATE_ROUNDS).converged) return;
    throw new EngineError(
      "not_converged",
      "the covariates alone tell the classes apart, or order the events, so that their coefficients have no finite value; leave out the one that follows the target",
      ["config", "covariates"],
    );
  }

  /**
   * Whether a Cox model tells hazards apart by more than e^100: it orders nearly all events, predictors run off as lambda
   * falls, and each further lambda takes more sweeps than all before (its explained deviance need not be near 1).
   */
  get separated(): boolean {
    const { v, view } = this.#design;
    if (this.#loss.family !== "cox") return false;
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < view.n; i++) {
      if (v[i] === 0) continue;
      low = Math.min(low, this.#loss.eta[0]![i]!);
      high = Math.max(high, this.#loss.eta[0]![i]!);
    }
    return high - low > 100;
  }

  extrapolate(share: number): void {
    for (const block of this.#blocks) block.extrapolate(share);
  }

  restart(bound: number): void {
    for (const block of this.#blocks) block.restart(bound);
  }

  /** From here on. @param tolerance  as `PathOptions.tolerance` */
  tolerate(tolerance: number): void {
    this.#tolerance = tolerance * this.#largest;
  }

  solve(lambda: number): PathStep {
    const penalty = elasticNet(lambda, this.#options.l1Ratio);
    const { converged, loss, sweeps } = this.#solve(penalty, (block) => block.addViolators(penalty, this.#tolerance), MOST_ROUNDS);
    if (converged) return this.#step(lambda, loss);
    throw new EngineError(
      "not_converged",
      `the penalised fit at lambda ${lambda} did not reach its optimum after ${sweeps} sweeps; raise lambda_min_ratio, lower l1_ratio, or drop features that are nearly copies of each other`,
    );
  }

  /**
   * Rounds until nothing that is worked on breaks its condition and nothing is added.
   * @param add  adds to what a block works on, and says how many
   */
  #solve(penalty: ElasticNet, add: (block: Block) => number, mostRounds: number): { converged: boolean; loss: number; sweeps: number } {
    let loss = this.#loss.evaluate();
    let sweeps = 0;
    this.#anderson?.reset();
    for (let round = 0; round < mostRounds && sweeps < MOST_SWEEPS; round++) {
      let violations = this.#blocks.map((block) => block.violation(penalty));
      if (Math.max(...violations) <= this.#tolerance) {
        let added = 0;
        for (const block of this.#blocks) added += add(block);
        if (added === 0) return { converged: true, loss, sweeps };
        violations = this.#blocks.map((block) => block.violation(penalty));
      }
      const done = this.#stepBlocks(penalty, loss, violations, MOST_SWEEPS - sweeps);
      loss = this.#anderson?.afterRound(penalty, done.loss) ?? done.loss;
      sweeps += done.sweeps;
    }
    return { converged: false, loss, sweeps };
  }

  /** A Newton step in each block that is not optimal; returns the loss after them. @param violations  of each block before them */
  #stepBlocks(penalty: ElasticNet, start: number, violations: readonly number[], mostSweeps: number): { loss: number; sweeps: number } {
    let loss = start;
    let sweeps = 0;
    const most = this.#loss.family === "gaussian" ? SWEEPS_A_ROUND : mostSweeps;
    this.#blocks.forEach((block, b) => {
      const violation = sweeps === 0 ? violations[b]! : block.violation(penalty);
      if (violation <= this.#tolerance / 2) return;
      const share = inexactness(this.#loss);
      const inner = Math.max(this.#tolerance / 4, share * violation);
      const done = block.step(penalty, loss + block.penalty(penalty), inner, Math.min(most, mostSweeps), 1e-14 * this.#nullLoss);
      loss = done.value - block.penalty(penalty);
      sweeps += done.sweeps;
    });
    if (this.#blocks.length > 1) shiftClasses(this.#blocks, penalty);
    return { loss, sweeps };
  }

  #step(lambda: number, loss: number): PathStep {
    const penalty = elasticNet(lambda, this.#options.l1Ratio);
    const { p } = this.#design.view;
    const chosen = new Set<number>();
    for (const block of this.#blocks) for (const j of block.list) if (j < p && block.beta[j] !== 0) chosen.add(j);
    const features = Int32Array.from(chosen).sort();
    return {
      lambda,
      features,
      coefficients: this.#blocks.map(({ beta }) => Float64Array.from(features, (j) => beta[j]!)),
      covariates: this.#blocks.map(({ beta }) => Float64Array.from(beta.subarray(p))),
      intercepts: this.#intercepts(),
      devianceRatio: 1 - loss / this.#nullLoss,
      objective: loss + this.#blocks.reduce((sum, block) => sum + block.penalty(penalty), 0),
    };
  }

  /** Centred columns average 0 over the part, so that the mean of a predictor is its intercept; of several, mean 0. Cox has none. */
  #intercepts(): Float64Array {
    if (this.#loss.family === "cox") return new Float64Array(1);
    const { v, view } = this.#design;
    const intercepts = Float64Array.from(this.#loss.eta, (eta) => {
      let sum = 0;
      for (let i = 0; i < view.n; i++) if (v[i]! > 0) sum += v[i]! * eta[i]!;
      return sum;
    });
    if (intercepts.length === 1) return intercepts;
    const middle = intercepts.reduce((a, b) => a + b, 0) / intercepts.length;
    return intercepts.map((value) => value - middle);
  }
}

/**
 * Share of a violation that a quadratic model is solved to before a new one is made. The Gaussian loss is its own model;
 * a logistic one is worth solving well (tried: 0.05 takes a fifth more steps, 0.001 a quarter more sweeps); of several
 * blocks each is upset by the next one's step.
 */
function inexactness({ family, blocks }: Loss): number {
  if (family === "gaussian") return 0;
  return blocks > 1 ? 0.2 : 0.01;
}

/** Of the tolerance; a hundredth can be below what rounding lets a Cox model of 400 samples reach. */
const COVARIATE_SHARE = 0.1;
const MOST_ROUNDS = 20_000;
const MOST_COVARIATE_ROUNDS = 500;
/** The Gaussian model's one quadratic problem is cut into rounds that can be extrapolated (tried: 4 and 30 take half as long again). */
const SWEEPS_A_ROUND = 10;
const MOST_SWEEPS = 200_000;
const MOST_REFERENCES = 5;

/** Largest gradient of the empty model; every block's first reference. */
function largestGradient(blocks: readonly Block[]): number {
  let largest = 0;
  for (const block of blocks) {
    block.violation({ l1: 0, l2: 0 });
    block.findGradients();
    for (const g of block.bounds.gradient) largest = Math.max(largest, Math.abs(g));
  }
  return largest;
}

/** As many earlier residuals as fit into half of the free working memory, 8 p bytes each. */
function referencesThatFit({ view }: Design, blocks: number): number {
  const each = 8 * view.p * blocks;
  return Math.max(1, Math.min(MOST_REFERENCES, Math.floor((view.arena.free / 2 - 8 * each) / each)));
}
