import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { cIndex } from "../src/metrics/c-index.ts";
import { rocAuc } from "../src/metrics/roc-auc.ts";
import { type AnyModel, loadModel, modelOf, models, type Prediction, predictRaw, saveModel } from "../src/models/index.ts";
import { sha256 } from "../src/sha256.ts";
import { takeTarget } from "../src/target.ts";
import { type Cohort, cohort, fitOn, isRandom, rawOf } from "./fit-model.ts";

/* What holds for every model of the registry. */

const cases = models.flatMap((model) => model.tasks.map((task) => ({ model, id: model.id, task })));
const each = (holds: (model: AnyModel) => boolean) => cases.filter(({ model }) => holds(model));

const flat = ({ scores, survival }: Prediction) => [...scores, ...(survival?.curves ?? [])].flatMap((column) => Array.from(column));

function farthest(a: Prediction, b: Prediction): number {
  const [left, right] = [flat(a), flat(b)];
  expect(left.length).toBe(right.length);
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i]!)), 0);
}

/** Rows and columns in another order, some rows more than once. */
function taken(from: Cohort, rows: readonly number[], columns = from.names.map((_, j) => j)): Cohort {
  return {
    names: columns.map((j) => from.names[j]!),
    columns: columns.map((j) => Float64Array.from(rows, (i) => from.columns[j]![i]!)),
    target: takeTarget(from.target, rows),
  };
}

const everyRow = (from: Cohort) => Array.from({ length: from.columns[0]!.length }, (_, i) => i);

describe("the registry of models", () => {
  test("ids and aliases are unique, snake_case, and found", () => {
    const names = models.flatMap((model) => [model.id, ...model.aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    for (const model of models) for (const name of [model.id, ...model.aliases]) expect(modelOf(name)).toBe(model);
    expect(() => modelOf("no_such_model")).toThrow(/known models: .*logistic_regression/);
  });

  test.each(models.map((model) => model.id))("%s: its file is the id with hyphens, with a test beside it and an oracle", (id) => {
    const file = resolve(import.meta.dirname, "../src/models", id.replaceAll("_", "-"));
    expect(existsSync(`${file}.ts`)).toBe(true);
    expect(existsSync(`${file}.test.ts`)).toBe(true);
    expect(existsSync(resolve(import.meta.dirname, "../../../fixtures/oracles", `model_${id}`, "agreement.ts"))).toBe(true);
  });
});

describe.each(cases)("$id, $task", ({ id, task }) => {
  const data = cohort(task);
  const model = fitOn(id, data);

  test("learns what is there", () => {
    const { scores } = predictRaw(model, rawOf(data));
    const { target } = data;
    if (target.task === "survival") expect(cIndex(target.time, target.event, scores[0]!)).toBeGreaterThan(0.7);
    else if (target.task === "regression") {
      const errors = target.y.map((value, i) => (value - scores[0]![i]!) ** 2);
      const mean = target.y.reduce((a, b) => a + b, 0) / target.y.length;
      const spread = target.y.map((value) => (value - mean) ** 2);
      expect(errors.reduce((a, b) => a + b, 0)).toBeLessThan(0.5 * spread.reduce((a, b) => a + b, 0));
    } else if (target.task === "binary") expect(rocAuc(target.y, scores[1]!)).toBeGreaterThan(0.85);
    else if (target.task === "multiclass") {
      const hits = target.y.filter((code, i) => scores.every((column) => column[i]! <= scores[code]![i]!));
      expect(hits.length / target.y.length).toBeGreaterThan(0.7);
    }
  });

  test("predictions are in range", () => {
    const { scores, survival } = predictRaw(model, rawOf(data));
    for (const value of scores.flatMap((column) => Array.from(column))) expect(Number.isFinite(value)).toBe(true);
    if (task === "binary" || task === "multiclass") {
      expect(scores.length).toBe(model.classes.length);
      scores[0]!.forEach((_, i) => {
        const row = scores.map((column) => column[i]!);
        for (const value of row) expect(value >= 0 && value <= 1).toBe(true);
        expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      });
    } else expect(scores.length).toBe(1);
    expect(survival !== undefined).toBe(task === "survival");
    for (const curve of survival?.curves ?? []) {
      curve.forEach((value, k) => {
        expect(value >= 0 && value <= (k === 0 ? 1 : curve[k - 1]!)).toBe(true);
      });
    }
  });

  test("a saved model predicts the same bit by bit, and one sample as among others", () => {
    const loaded = loadModel(saveModel(model));
    expect(loaded).toEqual(model);
    expect(flat(predictRaw(loaded, rawOf(data)))).toEqual(flat(predictRaw(model, rawOf(data))));
    const alone = predictRaw(loaded, rawOf(taken(data, [7])));
    expect(alone.scores.map((column) => column[0])).toEqual(predictRaw(model, rawOf(data)).scores.map((column) => column[7]));
    expect(saveModel(loaded)).toBe(saveModel(model));
  });

  test("the same seed gives the same bytes", () => {
    expect(saveModel(fitOn(id, data))).toBe(saveModel(model));
  });

  test("new samples are aligned by name, other features left aside, lacking ones named", () => {
    const { featureNames, columns } = rawOf(data);
    const raw = {
      featureNames: ["other", ...[...featureNames].reverse()],
      columns: [new Float64Array(columns[0]!.length), ...[...columns].reverse()],
    };
    expect(flat(predictRaw(model, raw))).toEqual(flat(predictRaw(model, rawOf(data))));
    const lacking = model.features[0]!;
    const rest = taken(
      data,
      everyRow(data),
      data.names.flatMap((name, j) => (name === lacking ? [] : [j])),
    );
    expect(() => predictRaw(model, rawOf(rest))).toThrow(new RegExp(`lack 1 of the ${model.features.length} features .*: ${lacking}$`));
  });

  test("a gap is predicted for, or named where the model was made without imputing", () => {
    const { featureNames, columns } = rawOf(data);
    const gaps = {
      featureNames,
      columns: columns.map((column) => Float64Array.from(column, (value, i) => (i === 3 ? Number.NaN : value))),
    };
    for (const value of flat(predictRaw(model, gaps))) expect(Number.isFinite(value)).toBe(true);
    if (modelOf(id).missing === "native") return;
    const strict = { ...model, preprocessing: { ...model.preprocessing, impute: "none" as const, fill: null } };
    expect(() => predictRaw(strict, gaps)).toThrow(/missing in sample 4/);
  });

  test("a target that does not vary is refused", () => {
    const { target } = data;
    const flatTarget =
      target.task === "survival"
        ? { ...target, event: target.event.map(() => 0) }
        : target.task === "regression"
          ? { ...target, y: target.y.map(() => 2) }
          : target.task === "unsupervised"
            ? target
            : { ...target, y: target.y.map(() => 0) };
    expect(() => fitOn(id, { ...data, target: flatTarget })).toThrow(/nothing to learn|has no training sample/);
  });

  test("works with a constant column, a column twice, and more columns than samples", () => {
    const rows = everyRow(data).slice(0, 20);
    const columns = data.columns.map((column) => Float64Array.from(rows, (i) => column[i]!));
    const wide: Cohort = {
      names: [...data.names, "flat", "twin", ...data.names.map((name) => `${name}_squared`)],
      columns: [...columns, new Float64Array(20).fill(3), columns[4]!, ...columns.map((column) => column.map((value) => value * value))],
      target: takeTarget(data.target, rows),
    };
    for (const value of flat(predictRaw(fitOn(id, wide), rawOf(wide)))) expect(Number.isFinite(value)).toBe(true);
  });
});

test.each(each((model) => !isRandom(model.id)))("$id, $task: neither the order of rows nor that of columns matters", ({ id, task }) => {
  const data = cohort(task);
  const rows = everyRow(data).map((i) => (i * 29 + 5) % data.columns[0]!.length);
  const columns = data.names.map((_, j) => (j * 5 + 3) % data.names.length);
  const wanted = predictRaw(fitOn(id, data), rawOf(data));
  expect(farthest(predictRaw(fitOn(id, taken(data, rows)), rawOf(data)), wanted)).toBeLessThan(1e-6);
  expect(farthest(predictRaw(fitOn(id, taken(data, everyRow(data), columns)), rawOf(data)), wanted)).toBeLessThan(1e-6);
});

test.each(each((model) => !isRandom(model.id)))("$id, $task: a sample counted twice is the sample there twice", ({ id, task }) => {
  const data = cohort(task);
  const counts = everyRow(data).map((i) => 1 + (i % 3));
  const repeated = taken(
    data,
    everyRow(data).flatMap((i) => Array<number>(counts[i]!).fill(i)),
  );
  const counted = predictRaw(fitOn(id, data, { counts }), rawOf(data));
  expect(farthest(counted, predictRaw(fitOn(id, repeated), rawOf(data)))).toBeLessThan(1e-6);
  expect(farthest(counted, predictRaw(fitOn(id, data), rawOf(data)))).toBeGreaterThan(1e-9);
});

test.each(each(({ tasks }) => tasks.includes("binary")).filter(({ task }) => task === "binary" || task === "multiclass"))(
  "$id, $task: calibrated probabilities stay in range, sum to 1 and are saved",
  ({ id, task }) => {
    const data = cohort(task);
    for (const calibration of ["platt", "isotonic"] as const) {
      const model = fitOn(id, data, { calibration });
      expect(model.calibration?.method).toBe(calibration);
      const { scores } = predictRaw(loadModel(saveModel(model)), rawOf(data));
      scores[0]!.forEach((_, i) => {
        for (const column of scores) expect(column[i]! >= 0 && column[i]! <= 1).toBe(true);
        expect(scores.reduce((sum, column) => sum + column[i]!, 0)).toBeCloseTo(1, 12);
      });
    }
  },
);

describe("a saved file", () => {
  const text = saveModel(fitOn("logistic_regression", cohort("binary")));
  /** Signed again, as a careful forger would. */
  const signed = (change: (content: Record<string, unknown>) => void) => {
    const { sha256: _, ...content } = JSON.parse(text) as Record<string, unknown>;
    change(content);
    return JSON.stringify({ ...content, sha256: sha256(JSON.stringify(content)) });
  };

  test("may be indented", () => {
    expect(loadModel(JSON.stringify(JSON.parse(text), null, 2))).toEqual(loadModel(text));
  });

  test("is refused when damaged, edited, cut off, foreign, or newer", () => {
    const digit = text.replace(/"intercepts":\[(-?\d)/, (_all, first: string) => `"intercepts":[${first.replace(/\d/, "7")}1`);
    expect(digit).not.toBe(text);
    expect(() => loadModel(digit)).toThrow(/damaged or changed/);
    expect(() => loadModel(text.slice(0, -20))).toThrow(/not JSON/);
    expect(() => loadModel('{"a":1}')).toThrow(/no saved model/);
    expect(() => loadModel("[]")).toThrow(/no JSON object/);
    expect(() => loadModel(signed((content) => Object.assign(content, { version: 2 })))).toThrow(
      /has version 2 .* reads up to 1: update it$/,
    );
  });

  test("is refused when its members are wrong, even signed", () => {
    expect(() => loadModel(signed((content) => Object.assign(content, { extra: 1 })))).toThrow(/does not have the members/);
    expect(() => loadModel(signed((content) => Object.assign(content, { parameters: { run: "code" } })))).toThrow(
      /does not have the members/,
    );
    expect(() => loadModel(signed((content) => Object.assign(content, { kind: "no_such_model" })))).toThrow(/unknown model/);
    expect(() => loadModel(signed((content) => Object.assign(content, { options: { lambda: -1 } })))).toThrow(/logistic_regression/);
  });
});
