import { type SelectionConfigInput, selectionConfig } from "@omicselector2/contracts";
import { EngineError } from "@omicselector2/engine";
import type { ObsColumn } from "@omicselector2/formats";
import { describe, expect, test } from "vitest";
import type { StudySource } from "./source.ts";
import { setUpStudy } from "./study-setup.ts";

const n = 30;
const nan = Number.NaN;
const repeat = <T>(values: readonly T[]): T[] => Array.from({ length: n }, (_, i) => values[i % values.length]!);

const numeric = (name: string, values: readonly number[]): ObsColumn => ({ name, kind: "numeric", values: Float64Array.from(values) });

function text(name: string, values: readonly string[]): ObsColumn {
  const categories = [...new Set(values)];
  return { name, kind: "categorical", categories, codes: Int32Array.from(values, (value) => categories.indexOf(value)) };
}

const time = numeric(
  "os_months",
  Array.from({ length: n }, (_, i) => 1 + i),
);
const asked: SelectionConfigInput = { time_column: "os_months", event_column: "os_status" };

function sourceOf(...obs: ObsColumn[]): StudySource {
  return { n, featureNames: ["a", "b", "c", "os_months"], obs, namedFeatures: [] };
}

const setUp = (source: StudySource, config: SelectionConfigInput = asked) =>
  setUpStudy(source, ["variance_threshold"], selectionConfig.parse(config));

function refusal(...args: Parameters<typeof setUp>): { path: string; message: string } {
  try {
    setUp(...args);
  } catch (error) {
    if (error instanceof EngineError) return { path: error.path.join("."), message: error.message };
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("time and event", () => {
  test.each([
    ["numbers", numeric("os_status", repeat([1, 0, 0]))],
    ["words", text("os_status", repeat(["Dead", "alive", "alive"]))],
    ["codes of portals", text("os_status", repeat(["1:DECEASED", "0:LIVING", "0:LIVING"]))],
    ["booleans", text("os_status", repeat(["TRUE", "FALSE", "FALSE"]))],
  ])("are read from %s", (_, event) => {
    const { target, targetName, eventName, features } = setUp(sourceOf(time, event));
    expect(target).toEqual({ task: "survival", time: Float64Array.from(repeat1()), event: Uint8Array.from(repeat([1, 0, 0])) });
    expect([targetName, eventName]).toEqual(["os_months", "os_status"]);
    expect([...features], "the time is no feature").toEqual([0, 1, 2]);
  });

  test("event_value names what other words leave open", () => {
    const event = text("os_status", repeat(["in remission", "back", "lost"]));
    expect(refusal(sourceOf(time, event)).message).toMatch(/3 values \(back, in remission, lost\).*event_value/);
    const { target } = setUp(sourceOf(time, event), { ...asked, event_value: "back" });
    expect(target).toMatchObject({ event: Uint8Array.from(repeat([0, 1, 0])) });
    expect(refusal(sourceOf(time, event), { ...asked, event_value: "Back" })).toMatchObject({
      path: "config.event_value",
      message: expect.stringContaining('"Back"'),
    });
  });

  test("samples without one of them are left out, and said so", () => {
    const gaps = numeric("os_months", [nan, nan, ...Array.from({ length: n - 2 }, (_, i) => 1 + i)]);
    const { rows, notes } = setUp(sourceOf(gaps, numeric("os_status", repeat([1, 0]))));
    expect(rows).toHaveLength(n - 2);
    expect(notes).toEqual(["2 of 30 samples have no value in os_months or os_status and are left out"]);
  });
});

const repeat1 = () => Array.from({ length: n }, (_, i) => 1 + i);
const event = numeric("os_status", repeat([1, 0]));

describe("is refused", () => {
  test.each<[string, StudySource, SelectionConfigInput, string, RegExp]>([
    ["a time without an event", sourceOf(time, event), { time_column: "os_months" }, "config.event_column", /needs event_column/],
    ["an event without a time", sourceOf(time, event), { event_column: "os_status" }, "config.time_column", /needs time_column/],
    ["survival without columns", sourceOf(time, event), { task: "survival" }, "config.time_column", /needs time_column/],
    ["a target beside them", sourceOf(time, event), { ...asked, target_column: "os_status" }, "config.target_column", /either/],
    ["one column for both", sourceOf(time, event), { ...asked, event_column: "os_months" }, "config.event_column", /both/],
    ["another task", sourceOf(time, event), { ...asked, task: "regression" }, "config.task", /not regression/],
    ["a positive class", sourceOf(time, event), { ...asked, positive_class: "1" }, "config.positive_class", /event_value/],
    ["a column that is not there", sourceOf(time, event), { ...asked, event_column: "dead" }, "config.event_column", /no column dead/],
    [
      "a time of 0",
      sourceOf(numeric("os_months", repeat([5, 0])), event),
      asked,
      "config.time_column",
      /is 0 in sample 2; survival times are above 0/,
    ],
    ["text as time", sourceOf(text("os_months", repeat(["a", "b"])), event), asked, "config.time_column", /holds text/],
    ["nobody with the event", sourceOf(time, numeric("os_status", repeat([0]))), asked, "config.event_column", /no sample had the event/],
    [
      "fewer events than folds",
      sourceOf(
        time,
        numeric(
          "os_status",
          repeat1().map((i) => (i < 4 ? 1 : 0)),
        ),
      ),
      asked,
      "config.cv_folds",
      /seen in 3 samples/,
    ],
    [
      "an unknown word",
      sourceOf(time, text("os_status", repeat(["yes", "perhaps"]))),
      asked,
      "config.event_column",
      /not clear whether "perhaps"/,
    ],
  ])("%s", (_, source, config, path, message) => {
    const got = refusal(source, config);
    expect(got.path).toBe(path);
    expect(got.message).toMatch(message);
  });

  test("a method of classes, with what it can do", () => {
    expect(() => setUpStudy(sourceOf(time, event), ["t_test"], selectionConfig.parse(asked))).toThrow(
      /t_test works for binary; the target is survival/,
    );
  });
});
