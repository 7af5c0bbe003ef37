import { describe, expect, test } from "vitest";
import { codesOf, oracle, readMatrix, sharedData, WITHOUT_DATA } from "../../../../fixtures/data.ts";
import { judge, standardColumns } from "../../test/dense-model.ts";
import { testThread, withPart } from "../../test/thread.ts";
import type { Target } from "../target.ts";
import { fitPenalized, type PathStep } from "./index.ts";
import type { Family } from "./losses.ts";

interface Expected {
  case: string;
  family: Family;
  l1_ratio: number;
  lambda_max: number;
  steps: Step[];
}

interface Step {
  lambda: number;
  dev_ratio: number;
  objective: number;
  active: number[];
  /** for each class, or once; of columns of unit variance */
  coefficients: number[][];
}

interface Data {
  columns: Float64Array[];
  names: string[];
  target: Target;
}

const log2 = (column: Float64Array) => column.map((x) => Math.log2(x));
const KHAN = ["BL", "EWS", "NB", "RMS"];

const readers: Record<string, { file: string; read: (path: string) => Data }> = {
  golub_leukemia: {
    file: "golub_leukemia/golub_tidy.csv.gz",
    read(path) {
      const { columns, names, labels } = readMatrix(path, 2);
      const clipped = columns.map((column) => log2(column.map((x) => Math.min(Math.max(x, 100), 16000))));
      const classes = ["ALL", "AML"];
      return { columns: clipped, names, target: { task: "binary", classes, y: codesOf(labels.class!, classes) } };
    },
  },
  alon_colon: {
    file: "alon_colon/alon_colon.csv.gz",
    read(path) {
      const { columns, names, labels } = readMatrix(path, 1);
      const classes = ["normal", "tumor"];
      return { columns: columns.map(log2), names, target: { task: "binary", classes, y: codesOf(labels.class!, classes) } };
    },
  },
  khan_srbct: {
    file: "khan_srbct/srbct.csv.gz",
    read(path) {
      const { columns, names, labels } = readMatrix(path, 2);
      return { columns: columns.map(log2), names, target: { task: "multiclass", classes: KHAN, y: codesOf(labels.class!, KHAN) } };
    },
  },
  elias2017_mirna: {
    file: "elias2017_mirna/Elias2017.csv",
    read(path) {
      const { columns, names } = readMatrix(path, 1);
      const j = names.indexOf("hsa-miR-200c-3p");
      const others = <T>(list: readonly T[]) => list.filter((_, k) => k !== j);
      return { columns: others(columns), names: others(names), target: { task: "regression", y: columns[j]! } };
    },
  },
};

/** A failure prints got, expected, difference and tolerance. */
function near(what: string, got: number, expected: number, tolerance: number): void {
  const difference = Math.abs(got - expected);
  if (!(difference <= tolerance)) {
    throw new Error(`${what}: got ${got}, expected ${expected}, difference ${difference}, tolerance ${tolerance}`);
  }
}

/** The same features, wherever the gradient decides. */
function compareSupport(
  where: string,
  ours: PathStep,
  theirs: Step,
  gradients: readonly Float64Array[],
  bound: number,
  tolerance: number,
  names: readonly string[],
): void {
  const [mine, active] = [new Set(ours.features), new Set(theirs.active)];
  let decided = 0;
  names.forEach((name, j) => {
    const slack = Math.min(...gradients.map((g) => Math.abs(bound - Math.abs(g[j]!))));
    if (slack <= tolerance) return;
    decided++;
    if (mine.has(j) === active.has(j)) return;
    throw new Error(`${name} at ${where}: got ${mine.has(j)}, expected ${active.has(j)} in the support, gradient ${slack} from its bound`);
  });
  expect(decided).toBeGreaterThan(names.length / 2);
}

function compareCoefficients(where: string, ours: PathStep, theirs: Step): void {
  const place = new Map(Array.from(ours.features, (j, k) => [j, ours.coefficients[0]![k]!]));
  theirs.active.forEach((j, k) => {
    near(`coefficient ${j} at ${where}`, place.get(j) ?? 0, theirs.coefficients[0]![k]!, 1e-4);
  });
}

for (const id of ["lasso", "elastic_net"]) {
  describe(`${id} against glmnet`, () => {
    for (const expected of oracle<Expected[]>(id)) {
      const { file, read } = readers[expected.case]!;
      const path = sharedData(file);
      const title = `${expected.case}, ${expected.family}, l1_ratio ${expected.l1_ratio}`;
      test.skipIf(path === undefined)(path === undefined ? `${title}: ${WITHOUT_DATA}` : title, () => {
        compare(expected, read(path!));
      });
    }
  });
}

function compare(expected: Expected, { columns, names, target }: Data): void {
  const thread = testThread(columns, names, target);
  const lambdas = expected.steps.map((step) => step.lambda);
  const fit = withPart(thread, (part) => fitPenalized(part, { l1Ratio: expected.l1_ratio, lambdas }));
  expect(fit.family).toBe(expected.family);
  near("lambda_max", fit.lambdaMax, expected.lambda_max, 1e-5 * expected.lambda_max);
  const y = target.task === "regression" ? target.y.map((value) => (value - fit.targetCentre) / fit.targetScale) : classesOf(target);
  const weights = new Float64Array(y.length).fill(1);
  const problem = { family: fit.family, columns: columns.map((c) => Float32Array.from(c)), y, weights, l1Ratio: expected.l1_ratio };
  const standard = standardColumns(problem.columns, weights);
  expected.steps.forEach((theirs, k) => {
    const ours = fit.steps[k]!;
    const where = `lambda ${theirs.lambda}`;
    const { objective, gradients, violation } = judge(problem, ours, standard);
    near(`objective reported at ${where}`, ours.objective, objective, 1e-12);
    near(`excess of the objective at ${where}`, Math.max(0, objective - theirs.objective), 0, 1e-7);
    near(`breach of optimality at ${where}`, violation, 0, 1e-6 * expected.lambda_max);
    near(`dev.ratio at ${where}`, ours.devianceRatio, theirs.dev_ratio, 1e-6);
    compareSupport(where, ours, theirs, gradients, theirs.lambda * expected.l1_ratio, 1e-5 * expected.lambda_max, names);
    // of a multinomial model whole rows can be shifted between classes at no cost
    if (fit.family !== "multinomial") compareCoefficients(where, ours, theirs);
  });
}

function classesOf(target: Target): Int32Array {
  if (target.task !== "binary" && target.task !== "multiclass") throw new Error("not a target of classes");
  return target.y;
}
