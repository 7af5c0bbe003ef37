import { expect, test } from "vitest";
import { limitsFor } from "./upload-ingest.ts";

test("a small upload is given a minute, a large one up to half an hour", () => {
  expect([0, 20_000, 10_000_000, 1e12].map((bytes) => limitsFor(bytes).seconds)).toEqual([60, 61, 160, 1800]);
});
