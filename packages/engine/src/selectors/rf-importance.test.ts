import { expect, test } from "vitest";
import { WITHOUT_DATA } from "../../../../fixtures/data.ts";
import { agreements } from "../../../../fixtures/oracles/rf_importance/agreement.ts";
import { classTarget, draw, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { column } from "../matrix.ts";
import { withTrainingPart } from "../part.ts";
import { Rng } from "../random.ts";
import { growForest } from "../trees/forest.ts";
import { selectorOf } from "./registry.ts";
import { rfImportance } from "./rf-importance.ts";

const n = 60;
const y = Int32Array.from({ length: n }, (_, i) => i % 2);

function thread(p: number, shifted: number) {
  const columns = noise(n, p, 4).map((values, j) => (j < shifted ? values.map((v, i) => v + 2 * y[i]!) : values));
  return testThread(columns, featureNames(p), classTarget(y));
}

test.each(["impurity", "permutation", "impurity_corrected"])("what differs by class comes first by %s importance", (importance) => {
  const { features, scores } = rank(rfImportance, thread(40, 3), { options: { n_trees: 200, importance }, shared: { nFeatures: 5 } });
  expect(new Set(features.slice(0, 3))).toEqual(new Set([0, 1, 2]));
  expect([...scores].sort((a, b) => b - a)).toEqual(scores);
  expect(scores.every((score) => score > 0)).toBe(true);
});

test("the out-of-bag error is that of guessing on noise, and small where classes part", () => {
  const error = (shifted: number) => Number(rank(rfImportance, thread(30, shifted), { options: { n_trees: 200 } }).summary!.oob_error);
  expect(error(0)).toBeGreaterThan(0.3);
  expect(error(8)).toBeLessThan(0.1);
});

test("an mtry above the number of features is refused by its field", () => {
  expect(() => rank(rfImportance, thread(10, 1), { options: { mtry: 11 } })).toThrow(/mtry is 11, there are 10 features/);
});

test("it is found by its alias", () => {
  expect(selectorOf("random_forest")).toBe(rfImportance);
});

test("it ranks for three classes and for a response", () => {
  const columns = noise(n, 30, 2);
  const thirds = Int32Array.from({ length: n }, (_, i) => i % 3);
  const shifted = columns.map((values, j) => (j === 3 ? values.map((v, i) => v + 2.5 * thirds[i]!) : values));
  const classes = rank(rfImportance, testThread(shifted, featureNames(30), classTarget(thirds)), { options: { n_trees: 150 } });
  expect(classes.features[0]).toBe(3);
  expect(classes.summary!.oob_error).toBeLessThan(0.4);
  const response = columns[3]!.map((v, i) => 2 * v + 0.3 * columns[4]![i]!);
  const target = { task: "regression" as const, y: response };
  const answer = rank(rfImportance, testThread(columns, featureNames(30), target), { options: { n_trees: 150 } });
  expect(answer.features[0]).toBe(3);
  expect(answer.summary!.oob_r2).toBeGreaterThan(0.6);
  expect(answer.summary!.mtry).toBe(10);
});

test("no constant feature is returned, none is padded in, and the reason is given", () => {
  const columns = [new Float64Array(n).fill(4), ...noise(n, 3, 5)];
  const answer = rank(rfImportance, testThread(columns, featureNames(4), classTarget(y)), { options: { n_trees: 50 } });
  expect([...answer.features].sort()).toEqual([1, 2, 3]);
  expect(answer.notes).toEqual([
    "3 of the 4 features asked for have an importance above 0: no other is used by any tree; more trees would use more.",
  ]);
  const constant = testThread([new Float64Array(n).fill(1), new Float64Array(n)], featureNames(2), classTarget(y));
  expect(rank(rfImportance, constant).features).toEqual([]);
});

test("the same seed gives the same bytes, another seed others", () => {
  const data = thread(30, 2);
  const request = { options: { n_trees: 50 } };
  expect(rank(rfImportance, data, request)).toEqual(rank(rfImportance, data, request));
  expect(rank(rfImportance, data, { ...request, seed: 43 }).scores).not.toEqual(rank(rfImportance, data, request).scores);
});

test.each(["impurity", "permutation", "impurity_corrected"])("garbage in rows outside the part changes no byte: %s", (importance) => {
  const data = thread(20, 2);
  const samples = draw(Array.from({ length: 40 }, (_, i) => i + Math.floor(i / 2)));
  const request = { options: { n_trees: 40, importance }, samples };
  const before = rank(rfImportance, data, request);
  const inside = new Set(samples.rows);
  for (let j = 0; j < 20; j++) {
    const values = column(data.matrix, j);
    for (let i = 0; i < n; i++) if (!inside.has(i)) values[i] = ((i * 7919 + j) % 13) * (i % 2 ? 1e30 : -1e-30);
  }
  expect(rank(rfImportance, data, request)).toEqual(before);
});

test("a missing value is taken as imputed within the part", () => {
  const columns = noise(n, 6, 3).map((values, j) => (j === 2 ? values.map((v, i) => v + 3 * y[i]!) : values));
  const filled = columns.map((values) => Float64Array.from(values));
  columns[2]![7] = Number.NaN;
  filled[2]![7] = Array.from(columns[2]!)
    .filter((v) => !Number.isNaN(v))
    .sort((a, b) => a - b)[(n - 2) / 2]!;
  const [missing, imputed] = [columns, filled].map((x) =>
    rank(rfImportance, testThread(x, featureNames(6), classTarget(y)), { options: { n_trees: 40 } }),
  );
  expect(missing).toEqual(imputed);
});

const rows = agreements();
const title = rows.length === 0 ? ` (${WITHOUT_DATA})` : "";
test.skipIf(rows.length === 0).each(rows.length > 0 ? rows : [undefined])(`$inputs: $quantity${title}`, (row) => {
  expect(row!.deviation, `${row!.quantity}: ${row!.deviation} where ${row!.tolerance} is allowed`).toBeLessThanOrEqual(row!.tolerance);
});

test("class weights find more of a rare class in noise, in nodes of the size that they bring with them", () => {
  const many = 300;
  const rare = Int32Array.from({ length: many }, (_, i) => (i % 10 === 0 ? 1 : 0));
  const columns = noise(many, 20, 7).map((values, j) => values.map((v, i) => v + (j < 3 ? 0.9 * rare[i]! : 0)));
  const data = testThread(columns, featureNames(20), classTarget(rare));
  const recall = (classWeight: boolean) => {
    const minNodeSize = Number(rank(rfImportance, data, { options: { n_trees: 5 }, shared: { classWeight } }).summary!.min_node_size);
    const options = { trees: 300, mtry: 4, minNodeSize, maxDepth: undefined, classWeight, importance: "none" } as const;
    const forest = withTrainingPart(data, draw(many), "none", (part) => growForest(part, options, Rng.from(2)));
    return rare.reduce((found, code, i) => found + (code === 1 && forest.outOfBag[2 * i + 1]! > 0.5 ? 1 : 0), 0) / 30;
  };
  expect(recall(true)).toBeGreaterThan(recall(false) + 0.15);
});
