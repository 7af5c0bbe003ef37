import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

test("what was counted is there, with the event loop and memory; two registries count apart", async () => {
  const [one, two] = [await createMetrics(), await createMetrics()];
  one.request("GET", "/api/v1/jobs/:id", 200, 0.03);
  one.observe("job", 12, { job_type: "feature_selection", status: "completed" });
  one.observe("unit", 0.7, { stage: "1", method: "not a label" });
  one.observe("reduce", 3, {});
  const text = await one.text();
  for (const line of [
    'omicselector2_http_request_seconds_bucket{le="0.05",method="GET",route="/api/v1/jobs/:id",status="200"} 1',
    'omicselector2_http_request_seconds_bucket{le="0.025",method="GET",route="/api/v1/jobs/:id",status="200"} 0',
    'omicselector2_job_seconds_sum{job_type="feature_selection",status="completed"} 12',
    'omicselector2_unit_seconds_count{stage="1"} 1',
    "omicselector2_reduce_seconds_sum 3",
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d/m);
  expect(await two.text()).not.toContain('route="/api/v1/jobs/:id"');
});

test("a gauge whose source is away, or does not answer, is absent; the others are there in time", async () => {
  const metrics = await createMetrics();
  let away = false;
  metrics.gauge("depth", "d", ["queue"], async () => {
    if (away) throw new Error("redis://:hunter2@redis is away");
    return [{ labels: { queue: "default" }, value: 7 }];
  });
  metrics.gauge("stuck", "s", [], () => new Promise(() => undefined));
  metrics.gauge("open", "o", [], () => [{ labels: {}, value: 3 }]);
  const start = performance.now();
  expect(await metrics.text()).toMatch(/^omicselector2_depth\{queue="default"\} 7$/m);
  expect(performance.now() - start).toBeLessThan(2000);
  away = true;
  const text = await metrics.text();
  expect(text).not.toMatch(/^omicselector2_(depth|stuck)(\{| )/m);
  expect(text).toMatch(/^omicselector2_open 3$/m);
  expect(text).not.toContain("hunter2");
});

test("an answer is kept for a while, and asked for once however many ask", async () => {
  const metrics = await createMetrics();
  let asked = 0;
  metrics.gauge("n", "n", [], async () => [{ labels: {}, value: ++asked }], 60);
  await Promise.all([metrics.text(), metrics.text(), metrics.text()]);
  expect(await metrics.text()).toMatch(/^omicselector2_n 1$/m);
});
