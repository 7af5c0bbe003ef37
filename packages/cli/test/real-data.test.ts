import { join } from "node:path";
import type { SelectionMetrics } from "@omicselector2/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedData, WITHOUT_DATA } from "../../../fixtures/data.ts";
import { Client } from "./client.ts";
import { type RealData, realData, written } from "./real-data.ts";

/** The workflow of the plan's section 8, over HTTP against a server process, on public data with known answers. */
const folder = sharedData("golub_leukemia");

describe.skipIf(folder === undefined)(`real data over HTTP (${WITHOUT_DATA})`, () => {
  const client = new Client();
  beforeAll(async () => {
    await client.start();
    await client.signUp();
  });
  afterAll(() => client.dispose());

  describe.each(realData)("$folder", (data) => {
    let metrics: SelectionMetrics;
    let selected: string[];

    test("uploads, runs and answers", async () => {
      ({ metrics, selected } = await workflow(client, data));
      expect(selected).toHaveLength(20);
    }, 300_000);

    test("meets the published statistics to the digits shown", () => {
      const { ranking, summary } = metrics.methods[data.univariate]!;
      const rows = new Map(ranking.map((row) => [row.feature, row as Record<string, unknown>]));
      const statistic = data.univariate === "t_test" ? "t" : "f";
      for (const [feature, [value, p]] of Object.entries(data.expected)) {
        const row = rows.get(feature);
        expect(row, `${feature} is among the first ${ranking.length}`).toBeDefined();
        expect(`${feature} ${written(Number(row![statistic]), value)}`).toBe(`${feature} ${value}`);
        if (p !== null) expect(`${feature} p ${written(Number(row!.p_value), p)}`).toBe(`${feature} p ${p}`);
      }
      if (data.significant !== undefined) expect(summary.significant).toBe(data.significant);
      if (data.tested !== undefined) expect(summary.tested).toBe(data.tested);
    });

    test("known markers lead", () => {
      const first = new Set(selected.slice(0, 10));
      expect(data.markers.filter((marker) => first.has(marker)).length, `of ${data.markers} in ${[...first]}`).toBeGreaterThan(0);
    });

    test("the outer AUC of every signature lies in the band of the description: above it would be a leak", () => {
      const [low, high] = [Math.min(...data.auc) - 0.12, Math.max(...data.auc) + 0.12];
      const all = {
        consensus: metrics.performance,
        ...Object.fromEntries(Object.entries(metrics.methods).map(([id, m]) => [id, m.performance])),
      };
      for (const [id, performance] of Object.entries(all)) {
        expect(performance.roc_auc, `AUC of ${id}, band ${low} to ${high}`).toBeGreaterThanOrEqual(low);
        expect(performance.roc_auc, `AUC of ${id}, band ${low} to ${high}`).toBeLessThanOrEqual(high);
      }
    });
  });
});

async function workflow(client: Client, data: RealData): Promise<{ metrics: SelectionMetrics; selected: string[] }> {
  const path = (name: string) => sharedData(join(data.folder, name))!;
  const uploaded = await client.upload(path(data.file), { name: data.folder, data_type: data.dataType }, data.sheet && path(data.sheet));
  expect(uploaded, JSON.stringify(uploaded.body)).toMatchObject({
    status: 201,
    body: { n_samples: data.shape[0], n_features: data.shape[1] },
  });
  const submitted = await client.call("POST", "/jobs/feature-selection", {
    dataset_id: uploaded.body.dataset_id,
    methods: ["lasso", "rf_importance", data.univariate],
    config: { cv_folds: 3, n_features_to_select: 20, ...data.config },
  });
  expect(submitted.status, JSON.stringify(submitted.body)).toBe(201);
  const job = await client.ended((submitted.body as { job_id: string }).job_id);
  expect(job.status, String(job.error_message)).toBe("completed");
  expect(job.progress).toBe(100);
  const { body } = await client.call("GET", `/results/${job.result_id}`);
  const result = body as { selected_features: string[]; metrics: SelectionMetrics };
  return { metrics: result.metrics, selected: result.selected_features };
}
