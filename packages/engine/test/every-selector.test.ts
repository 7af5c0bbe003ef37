import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { column } from "../src/matrix.ts";
import type { Thread } from "../src/part.ts";
import { Rng } from "../src/random.ts";
import type { AnySelector, Ranking } from "../src/selectors/define.ts";
import { selectorOf, selectors } from "../src/selectors/registry.ts";
import { rankBalanced } from "../src/study/balanced-ranking.ts";
import type { Target, Task } from "../src/target.ts";
import { classTarget, draw, featureNames, noise, rank, sharedDefaults, testThread, withPart } from "./thread.ts";

/*
 * What holds for every selector of the registry, on a small cohort: 48 samples, 12 features,
 * f05 tells the target (nearly), f02 helps, f09 repeats f05 roughly, the rest is noise.
 */
const n = 48;
const p = 12;
const signal = 4;
const classes = (k: number) => Array.from({ length: n }, (_, i) => (i * 5 + (i >> 3)) % k);

function cohort(task: Task): { columns: Float64Array[]; target: Target } {
  const columns = noise(n, p, 17);
  const y = task === "multiclass" ? classes(3) : classes(2);
  const number = Float64Array.from(y, (code, i) => code + 0.5 * columns[0]![i]!);
  const told = task === "regression" || task === "survival" ? number : Float64Array.from(y);
  columns[signal] = told.map((value, i) => 3 * value + 0.3 * columns[signal]![i]!);
  columns[8] = columns[signal]!.map((value, i) => value + 1.5 * columns[8]![i]!);
  columns[1] = columns[1]!.map((value, i) => value + told[i]!);
  return { columns, target: targetOf(task, y, number) };
}

function targetOf(task: Task, y: number[], number: Float64Array): Target {
  if (task === "regression") return { task, y: number };
  if (task === "survival") {
    return {
      task,
      time: number.map((value, i) => 2 + i / 1000 - 0.5 * Math.max(-2, Math.min(3, value))),
      event: Uint8Array.from(y, (_, i) => (i % 4 === 0 ? 0 : 1)),
    };
  }
  return task === "unsupervised" ? { task, n } : classTarget(y);
}

function threadOf(task: Task, change = (columns: Float64Array[]) => columns): Thread {
  const { columns, target } = cohort(task);
  return testThread(change(columns), featureNames(p), target);
}

const text = (ranking: Ranking) => JSON.stringify(ranking);
const cases = selectors.flatMap((selector) => selector.tasks.map((task) => ({ selector, id: selector.id, task })));
/** Options that keep a method that resamples or grows trees short; the rest runs as it is by default. */
function quick(selector: AnySelector): Record<string, unknown> {
  const fields = Object.keys((z.toJSONSchema(selector.options, { io: "input", unrepresentable: "any" }).properties ?? {}) as object);
  const short = { n_trees: 60, trees: 60, n_estimators: 60, rounds: 30, n_rounds: 30, max_iterations: 40, max_runs: 40 };
  return Object.fromEntries(Object.entries(short).filter(([name]) => fields.includes(name)));
}
const run = (selector: AnySelector, thread: Thread, request: Parameters<typeof rank>[2] = {}) =>
  rank(selector, thread, { options: quick(selector), ...request, shared: { nFeatures: 5, ...request.shared } });

/** A test that only some methods or tasks have. */
const testWhere = (holds: boolean) => (holds ? test : () => undefined);

describe("the registry", () => {
  test("ids and aliases are unique, snake_case, and found", () => {
    const names = selectors.flatMap((selector) => [selector.id, ...selector.aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    for (const selector of selectors) {
      for (const name of [selector.id, ...selector.aliases]) expect(selectorOf(name)).toBe(selector);
    }
    expect(() => selectorOf("no_such_method")).toThrow(/known methods: .*t_test/);
  });

  test.each(selectors.map((selector) => selector.id))("%s: its file is the id with hyphens, with a test beside it", (id) => {
    const file = resolve(import.meta.dirname, "../src/selectors", id.replaceAll("_", "-"));
    expect(existsSync(`${file}.ts`)).toBe(true);
    expect(existsSync(`${file}.test.ts`)).toBe(true);
  });

  test.each(selectors.map((selector) => ({ id: selector.id, selector })))(
    "$id: described, and every option has a default and a description",
    ({ selector }) => {
      expect(selector.summary.length).toBeGreaterThan(10);
      expect(selector.summary).not.toContain("\n");
      expect(selector.explanation.length).toBeGreaterThan(100);
      expect(selector.source.length).toBeGreaterThan(5);
      expect(selector.tasks.length).toBeGreaterThan(0);
      const defaults = (selector.options as z.ZodType).parse({}) as Record<string, unknown>;
      const schema = z.toJSONSchema(selector.options, { io: "input", unrepresentable: "any" });
      expect(schema.additionalProperties, "strict: unknown options are refused").toBe(false);
      for (const [name, field] of Object.entries((schema.properties ?? {}) as Record<string, { description?: string }>)) {
        expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
        expect(field.description, `description of ${name}`).toBeTruthy();
        expect(defaults[name], `default of ${name}`).not.toBeUndefined();
      }
      const cost = selector.cost({ n: 412, p: 20_531, classes: 2 }, defaults as never, { ...sharedForCost });
      expect(Number.isFinite(cost) && cost > 0).toBe(true);
      const memory = selector.memory({ n: 412, p: 20_531, classes: 2 }, defaults as never, { ...sharedForCost });
      expect(memory > 0 && memory < 1e9, `bytes of a fit: ${memory}`).toBe(true);
    },
  );
});

const sharedForCost = { nFeatures: 50, scale: "auto", classWeight: false, byPathEntry: false, innerFolds: 5, groups: undefined } as const;

/** Methods that ask for the size of a difference and not of the spread: the rough copy may come before what it copies. */
const bySize = new Set(["fold_change"]);

describe.each(cases)("$id, $task", ({ selector, task }) => {
  const tells = bySize.has(selector.id) ? ["f05", "f09"] : ["f05"];
  const thread = threadOf(task);
  const whole = run(selector, thread);

  test("a ranking: at most what was asked for, no feature twice, scores and statistics of the same length, all of it JSON", () => {
    for (const nFeatures of [1, 3, p]) {
      const got = run(selector, thread, { shared: { nFeatures } });
      expect(got.features.length).toBeLessThanOrEqual(nFeatures);
      expect(got.features.length).toBeGreaterThan(0);
      expect(new Set(got.features).size).toBe(got.features.length);
      expect(got.features.every((j) => Number.isInteger(j) && j >= 0 && j < p)).toBe(true);
      expect(got.scores).toHaveLength(got.features.length);
      for (const [name, values] of Object.entries(got.statistics ?? {})) expect(values, name).toHaveLength(got.features.length);
      expect(JSON.parse(text(got))).toEqual(got);
    }
  });

  testWhere(selector.filter === "tests")("a filter that tests gives the p-values by which a prefilter cuts", () => {
    expect(whole.statistics).toMatchObject({ p_value: expect.any(Array), log_p_value: expect.any(Array) });
  });

  test("the same seed gives the same bytes", () => {
    expect(text(run(selector, threadOf(task)))).toBe(text(whole));
  });

  testWhere(task !== "unsupervised")("what tells the target ranks first", () => {
    expect(tells).toContain(thread.matrix.names[whole.features[0]!]);
  });

  testWhere(task !== "unsupervised" && task !== "survival")("a column equal to the target ranks first", () => {
    const { columns, target } = cohort(task);
    const label = "y" in target ? target.y : [];
    const equal = testThread(
      columns.map((values, j) => (j === signal ? Float64Array.from(label) : values)),
      featureNames(p),
      target,
    );
    expect(tells).toContain(equal.matrix.names[run(selector, equal).features[0]!]);
  });

  const rows = Array.from({ length: n }, (_, i) => i).filter((i) => i % 5 !== 0);
  const samples = draw(
    rows,
    rows.map((i) => 1 + (i % 2)),
  );
  const poison = (poisoned: Thread) => {
    const garbage = [3e38, -3e38, 1e-38, -12345.678, 7];
    for (let j = 0; j < p; j++) {
      const values = column(poisoned.matrix, j);
      for (let i = 0; i < n; i += 5) values[i] = garbage[(i + j) % garbage.length]!;
    }
    const { target } = poisoned;
    for (let i = 0; i < n; i += 5) {
      if (target.task === "survival") {
        target.time[i] = 1e6;
        target.event[i] = 1 - target.event[i]!;
      } else if (target.task !== "unsupervised") target.y[i] = target.task === "regression" ? -1e9 : 1 - Math.min(1, target.y[i]!);
    }
    return poisoned;
  };

  test("values of samples outside the part change no byte", () => {
    expect(text(run(selector, poison(threadOf(task)), { samples }))).toBe(text(run(selector, thread, { samples })));
  });

  const classed = task === "binary" || task === "multiclass";
  test.each(classed ? (["undersample", "oversample", "smote"] as const) : [])("nor do they where the part is balanced: %s", (how) => {
    // a third of the first class leaves the part, so that there is something to balance
    const y = "classes" in thread.target ? thread.target.y : [];
    const unequal = samples.rows.filter((i) => y[i] !== 0 || i % 3 !== 0);
    const taken = draw(
      unequal,
      Array.from(unequal, (i) => 1 + (i % 2)),
    );
    const options = (selector.options as z.ZodType).parse(quick(selector));
    const shared = { ...sharedDefaults, nFeatures: 5 };
    const balanced = (on: Thread) =>
      withPart(on, (part) => rankBalanced(part, selector, options, shared, how, Rng.from(1, "method"), Rng.from(1, "balance")), taken);
    const got = balanced(thread);
    expect(tells).toContain(thread.matrix.names[got.features[0]!]);
    expect(got.summary!.balanced).toMatch(/^a (\d+), b \1(, c \1)?$/);
    expect(text(balanced(poison(threadOf(task))))).toBe(text(got));
  });

  test("missing values, constant and empty columns are no obstacle", () => {
    const gaps = threadOf(task, (columns) =>
      columns.map((values, j) => {
        if (j === 2) return new Float64Array(n).fill(3.3);
        if (j === 3) return new Float64Array(n).fill(Number.NaN);
        return values.map((value, i) => ((i * 7 + j * 3) % 11 === 0 && j !== signal ? Number.NaN : value));
      }),
    );
    const got = run(selector, gaps);
    expect(got.features).not.toContain(2);
    expect(got.features).not.toContain(3);
    if (task !== "unsupervised") expect(tells).toContain(gaps.matrix.names[got.features[0]!]);
  });
});

/** Methods that draw random numbers take them by column, so that the order of columns may matter to them. */
const random = new Set(["rf_importance", "boruta", "xgboost"]);

describe.each(cases.filter(({ id }) => !random.has(id)))("$id, $task", ({ selector, task }) => {
  test("the order of the columns does not matter", () => {
    const { columns, target } = cohort(task);
    const order = Array.from({ length: p }, (_, j) => (j * 5 + 3) % p);
    const names = featureNames(p);
    const straight = testThread(columns, names, target);
    const turned = testThread(
      order.map((j) => columns[j]!),
      order.map((j) => names[j]!),
      target,
    );
    const named = (thread: Thread) => run(selector, thread).features.map((j) => thread.matrix.names[j]);
    expect(named(turned)).toEqual(named(straight));
  });
});
