import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import {
  type CrossValidation,
  crossValidateL1Svm,
  firstCost,
  fitL1Svm,
  geometricLambdas,
  innerFolds,
  type L1SvmOptions,
  type L1SvmPath,
} from "../solvers/index.ts";
import { defineSelector, type Ranking, type SharedOptions } from "./define.ts";
import { levelled, rankBy } from "./rank.ts";
import { sampleWeights } from "./sample-weights.ts";

const options = z.strictObject({
  c: z
    .union([z.enum(["min", "1se", "count"]), z.number().positive()])
    .default("min")
    .describe(
      "Cost of a slack, liblinear's C, on standardised columns: min, the smallest cross-validated squared hinge loss; 1se, the smallest C within one standard error of it; count, the first C on the path with n_features_to_select features; or a number. Inside stability the order of entry along the path counts instead.",
    ),
  n_c: z.int().min(2).max(1000).default(60).describe("Values of C on the path."),
  c_ratio: z.number().gt(1).max(1e9).default(1000).describe("Last C over the first, which is the largest that leaves every model empty."),
});

type Options = z.output<typeof options>;

interface Chosen {
  readonly path: L1SvmPath;
  /** index of the step whose models are answered */
  readonly at: number;
  readonly curve?: CrossValidation;
}

export const l1Svm = defineSelector({
  id: "l1_svm",
  aliases: [],
  tasks: ["binary", "multiclass"],
  summary: "Linear support vector machine with an L1 penalty",
  explanation:
    "Fits a linear support vector machine (squared hinge) under an L1 penalty, for several classes each against the rest, and ranks the features whose weights are not zero by the size of their standardised weights (L2 norm over classes) at the C that cross-validation picks. Samples well on their side of the margin count for nothing, so that far outliers of the right side do not bend it, as they do the lasso's. Of correlated features it keeps one, more or less by chance: use stability where that matters. " +
    "The intercept is penalised, as in liblinear: with unequal classes it enters first; balance is the cure. A fold's C is raised by what its samples weigh less. Costs some readings of the matrix for each C, class and fold.",
  source: "Bradley & Mangasarian 1998, ICML; Fan et al. 2008, JMLR 9:1871 (liblinear); Yuan, Ho & Lin 2012, JMLR 13:1999",
  options,
  cost({ n, p, classes }, { c, n_c }, shared) {
    const folds = !shared.byPathEntry && (c === "min" || c === "1se") ? 1 + shared.innerFolds : 1;
    return folds * n_c * (classes > 2 ? classes : 1) * (1.5e-9 * n * p + 5e-8 * n * Math.min(n, p)) + 1e-3;
  },
  memory({ n, p, classes }, { n_c }) {
    const svms = classes > 2 ? classes : 1;
    return 8 * (svms * (3 * p + 2 * n * Math.min(n, p) + n_c * (n + 2 * Math.min(n, p))) + 8 * p);
  },
  select(train, settings, shared, rng) {
    const fitting: L1SvmOptions = { weights: sampleWeights(train, shared.classWeight), standardise: shared.scale !== "none" };
    if (shared.byPathEntry) return rankByEntry(train, settings, fitting, shared.nFeatures);
    const chosen = choose(train, settings, fitting, shared, rng);
    const size = sizesOf(chosen.path, chosen.at, fitting);
    const early = Float64Array.from(chosen.path.entry, (k) => -k);
    const features = rankBy(train.featureNames, shared.nFeatures, levelled(size), early);
    const notes = notesOf(chosen, settings, activeAt(chosen.path, chosen.at).size, shared.nFeatures);
    return {
      features,
      scores: features.map((j) => size[j]!),
      statistics: statisticsOf(train, chosen, fitting, features),
      summary: summaryOf(chosen, settings),
      ...(notes.length > 0 ? { notes } : {}),
    };
  },
});

/** Increasing C from the largest that leaves every model empty. */
function costsOf({ n_c, c_ratio }: Options) {
  return (cFirst: number) => geometricLambdas(1 / cFirst, n_c, 1 / c_ratio).map((lambda) => 1 / lambda);
}

function choose(train: TrainingPart, settings: Options, fitting: L1SvmOptions, shared: SharedOptions, rng: Rng): Chosen {
  const { c } = settings;
  if (c === "count") {
    const path = fitL1Svm(train, fitting, costsOf(settings), { enough: (active) => active >= shared.nFeatures });
    return { path, at: path.steps.length - 1 };
  }
  if (typeof c === "number") {
    // reached along a path from the empty model, as every other
    const below = (cFirst: number) => Array.from(costsOf(settings)(cFirst)).filter((value) => value < c);
    const path = fitL1Svm(train, fitting, (cFirst) => [...below(cFirst), c], { toTheEnd: true });
    return { path, at: path.steps.length - 1 };
  }
  const folds = innerFolds(train, shared.innerFolds, shared.groups, rng.child("inner folds"));
  if (folds.length < 2)
    throw new EngineError(
      "data_unusable",
      'one group holds every sample, so that c cannot be cross-validated; set c to "count" or a number',
    );
  const cs = costsOf(settings)(firstCost(train, fitting));
  const curve = crossValidateL1Svm(train, folds, cs, fitting);
  const at = c === "1se" ? curve.oneSe : curve.min;
  return { path: fitL1Svm(train, fitting, () => cs.slice(0, at + 1), { toTheEnd: true }), at, curve };
}

/** The first `q` features to enter; within a C the larger weight first, then the name. */
function rankByEntry(train: TrainingPart, settings: Options, fitting: L1SvmOptions, q: number): Ranking {
  const path = fitL1Svm(train, fitting, costsOf(settings), { enough: (_active, entered) => entered >= q });
  const early = Float64Array.from(path.entry, (k) => (k < 0 ? Number.NaN : -k));
  const size = new Float64Array(train.p);
  path.steps.forEach((_, k) => {
    const sizes = levelled(sizesOf(path, k, fitting));
    path.entry.forEach((entered, j) => {
      if (entered === k) size[j] = sizes[j]!;
    });
  });
  const features = rankBy(train.featureNames, q, early, size);
  const last = cAt(path, path.steps.length - 1);
  return {
    features,
    scores: features.map((j) => 1 / cAt(path, path.entry[j]!)),
    summary: { rule: "path_entry", c: last, c_first: path.cFirst },
    ...(features.length < q
      ? { notes: [`only ${features.length} features entered the path, which ended (${path.end}) at C ${last}`] }
      : {}),
  };
}

const cAt = (path: L1SvmPath, k: number) => path.steps[k]![0]!.c;

function activeAt(path: L1SvmPath, at: number): Set<number> {
  return new Set(path.steps[at]!.flatMap(({ features }) => Array.from(features)));
}

/** L2 norm over the classes of each feature's weights, on columns of unit variance; NaN where all are 0. */
function sizesOf(path: L1SvmPath, at: number, { standardise }: L1SvmOptions): Float64Array {
  const squares = new Float64Array(path.entry.length);
  for (const { features, coefficients } of path.steps[at]!) {
    features.forEach((j, k) => {
      squares[j]! += coefficients[k]! * coefficients[k]!;
    });
  }
  return squares.map((sum, j) => (sum === 0 ? Number.NaN : Math.sqrt(sum) * (standardise ? 1 : path.sd[j]!)));
}

/** Weights in the units of the data, one column a class where there are more than two. */
function statisticsOf(train: TrainingPart, { path, at }: Chosen, { standardise }: L1SvmOptions, features: readonly number[]) {
  const { target } = train;
  const names = target.task === "multiclass" ? target.classes.map((name) => `coefficient_${name}`) : ["coefficient"];
  const columns = path.steps[at]!.map((model) => {
    const place = new Map(Array.from(model.features, (j, k) => [j, model.coefficients[k]!]));
    return features.map((j) => (place.get(j) ?? 0) / (standardise ? path.sd[j]! : 1));
  });
  return {
    ...Object.fromEntries(names.map((name, s) => [name, columns[s]!])),
    entry_c: features.map((j) => cAt(path, path.entry[j]!)),
  };
}

function summaryOf({ path, at, curve }: Chosen, { c }: Options): Record<string, number | string | null> {
  return {
    rule: typeof c === "number" ? "given" : c,
    c: cAt(path, at),
    nonzero: activeAt(path, at).size,
    c_first: path.cFirst,
    cs_fitted: path.steps.length,
    path_end: path.end,
    cv_loss: curve?.deviance[at] ?? null,
    cv_error: curve?.error[at] ?? null,
    cv_loss_empty: curve?.deviance[0] ?? null,
  };
}

function notesOf({ path, at, curve }: Chosen, { c }: Options, found: number, q: number): string[] {
  if (found === 0) return [whyEmpty(path, at, c, curve)];
  if (found >= q) return [];
  const nearest = c === "count" ? `the path ended (${path.end}) before more entered` : 'c "count" goes on until there are enough';
  return [`${found} features have a weight at C ${cAt(path, at)}, fewer than the ${q} asked for; ${nearest}`];
}

/** Which C left nothing, what forbade the rest, and the nearest setting that selects. */
function whyEmpty(path: L1SvmPath, at: number, c: Options["c"], curve: CrossValidation | undefined): string {
  if (curve === undefined)
    return `no feature has a weight at C ${cAt(path, at)}, and none enters below ${path.cFirst}; choose a larger c, or "count"`;
  const flat =
    c === "1se" && curve.min > at
      ? `its cross-validated loss ${curve.deviance[at]} is within one standard error (${curve.error[curve.min]}) of the best, ${curve.deviance[curve.min]}; c "min" would select`
      : `the cross-validated loss is smallest (${curve.deviance[at]}) with no feature at all: it never falls below that of the empty model; c "count", or a number above ${cAt(path, at)}, would select`;
  return `nothing was selected at C ${cAt(path, at)}: ${flat}`;
}
