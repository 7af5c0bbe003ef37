import { completeJob, listRanges, pendingRanges, setProgress, startJob } from "@omicselector2/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, type Harness, openHarness, password, uploadParts } from "./harness.ts";

/** The REST section of the architecture plan, field by field. */

let harness: Harness;
let client: Client;
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);

beforeAll(async () => {
  harness = await openHarness();
  client = await harness.user("researcher1");
});
afterAll(() => harness.close());

describe("auth", () => {
  test("POST /auth/register answers 201 with id, email, username, created_at", async () => {
    const body = { email: "user@example.com", username: "jane", password, full_name: "Jane Researcher" };
    const answer = await harness.anonymous.post("/api/v1/auth/register", body);
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({ id: uuid, email: "user@example.com", username: "jane", created_at: time });
  });

  test("POST /auth/login answers 200 with a bearer token of an hour", async () => {
    const answer = await harness.anonymous.post("/api/v1/auth/login", { username: "researcher1", password });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ access_token: expect.stringMatching(/^eyJ/), token_type: "bearer", expires_in: 3600 });
  });

  test("GET /auth/me answers id, email, username, role", async () => {
    const answer = await client.get("/api/v1/auth/me");
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ id: uuid, email: "researcher1@example.com", username: "researcher1", role: "user" });
  });
});

describe("the workflow: upload, submit, progress, result", () => {
  let datasetId: string;
  let jobId: string;

  test("POST /data/upload answers 201 with dataset_id, name, n_samples, n_features, file_path", async () => {
    const answer = await client.upload([...uploadParts("TCGA_BLCA_expression"), { name: "description", value: "Bladder cancer RNA-seq" }]);
    expect(answer.statusCode).toBe(201);
    datasetId = answer.json().dataset_id;
    expect(answer.json()).toEqual({
      dataset_id: uuid,
      name: "TCGA_BLCA_expression",
      n_samples: 2,
      n_features: 2,
      file_path: `s3://datasets/${datasetId}/data.h5ad`,
    });
    expect(answer.headers.location).toBe(`/api/v1/data/${datasetId}`);
  });

  test("GET /data/{id} answers with metadata", async () => {
    const answer = await client.get(`/api/v1/data/${datasetId}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      id: datasetId,
      name: "TCGA_BLCA_expression",
      description: "Bladder cancer RNA-seq",
      data_type: "bulk_rna_seq",
      n_samples: 2,
      n_features: 2,
      created_at: time,
      metadata: { classes: { a: 1, b: 1 }, target_candidates: ["group"], doctor: [{ id: "class_sizes" }] },
    });
  });

  test("GET /data answers items, total, page, size", async () => {
    const answer = await client.get("/api/v1/data");
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ total: 1, page: 1, size: 50 });
    expect(answer.json().items).toEqual([
      expect.objectContaining({ id: datasetId, name: "TCGA_BLCA_expression", data_type: "bulk_rna_seq", n_samples: 2, created_at: time }),
    ]);
  });

  test("POST /jobs/feature-selection answers 201 pending", async () => {
    const answer = await client.post("/api/v1/jobs/feature-selection", {
      dataset_id: datasetId,
      methods: ["t_test", "anova", "mrmr"],
      config: { cv_folds: 5, n_features_to_select: 50, stability: { enabled: true, n_bootstraps: 100, threshold: 0.7 } },
    });
    expect(answer.statusCode).toBe(201);
    jobId = answer.json().job_id;
    expect(answer.json()).toEqual({ job_id: uuid, job_type: "feature_selection", status: "pending", created_at: time });
  });

  test("what of a job may begin is sent to its queue, each range once", async () => {
    const { db, queue } = harness.platform;
    await expect.poll(async () => (await pendingRanges(db, jobId)).every(({ messageId }) => messageId !== null)).toBe(true);
    expect((await listRanges(db, jobId)).map(({ range, state }) => [range, state])).toEqual([
      [0, "pending"],
      [1, "pending"],
      [2, "blocked"],
    ]);
    expect((await queue.depth()).high_priority).toEqual({ waiting: 2, active: 0 });
  });

  test("GET /jobs/{id} answers with progress while it runs", async () => {
    await startJob(harness.platform.db, jobId);
    await setProgress(harness.platform.db, jobId, { progress: 45, message: "t_test on all samples", etaSeconds: 12 });
    const answer = await client.get(`/api/v1/jobs/${jobId}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      job_id: jobId,
      job_type: "feature_selection",
      status: "running",
      progress: 45,
      created_at: time,
      started_at: time,
      message: "t_test on all samples",
      eta_seconds: 12,
      queue: "high_priority",
      methods: ["t_test", "anova", "mrmr"],
    });
    expect(answer.json()).not.toHaveProperty("result_id");
    expect((await client.get(`/api/v1/jobs/${jobId}/result`)).statusCode).toBe(409);
  });

  test("GET /results/{id} answers when the job is completed", async () => {
    const resultId = crypto.randomUUID();
    const artifactsPath = `s3://results/${resultId}/`;
    await harness.platform.blobs.put(`results/${resultId}/result.json`, Buffer.from("{}"));
    const metrics = { stability_scores: { GENE_1: 0.95, GENE_2: 0.87 } };
    await completeJob(harness.platform.db, jobId, { resultId, selectedFeatures: ["GENE_1", "GENE_2"], metrics, artifactsPath });
    const job = (await client.get(`/api/v1/jobs/${jobId}`)).json();
    expect(job).toMatchObject({ status: "completed", progress: 100, result_id: resultId });
    const answer = await client.get(`/api/v1/results/${job.result_id}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      result_id: resultId,
      job_id: jobId,
      selected_features: ["GENE_1", "GENE_2"],
      metrics,
      artifacts_path: artifactsPath,
      created_at: time,
    });
    expect((await client.get(`/api/v1/jobs/${jobId}/result`)).json()).toEqual(answer.json());
  });

  test("artifacts are listed and fetched by name, and nothing else is", async () => {
    const { result_id } = (await client.get(`/api/v1/jobs/${jobId}`)).json();
    const list = (await client.get(`/api/v1/results/${result_id}/artifacts`)).json();
    expect(list).toMatchObject({ total: 1, items: [{ name: "result.json", bytes: 2, content_type: "application/json; charset=utf-8" }] });
    const file = await client.get(list.items[0].href);
    expect([file.statusCode, file.body, file.headers["content-length"]]).toEqual([200, "{}", "2"]);
    const again = await client.get(list.items[0].href, { "if-none-match": String(file.headers.etag) });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
    for (const name of ["nothing.csv", "..%2F..%2Fsecret", "%2e%2e%2fresult.json", "RESULT.JSON"]) {
      expect((await client.get(`/api/v1/results/${result_id}/artifacts/${name}`)).statusCode, name).toBe(404);
    }
  });

  test("GET /jobs answers items, total, page, size", async () => {
    const answer = await client.get("/api/v1/jobs");
    expect(answer.json()).toMatchObject({ total: 1, page: 1, size: 50 });
    expect(answer.json().items[0]).toMatchObject({ job_id: jobId, job_type: "feature_selection", status: "completed", created_at: time });
  });

  test("DELETE /jobs/{id}: 409 when it ended, 200 cancelled, 200 again", async () => {
    expect((await client.delete(`/api/v1/jobs/${jobId}`)).statusCode).toBe(409);
    const again = await client.post(`/api/v1/jobs/${jobId}/rerun`);
    expect(again.statusCode).toBe(201);
    expect(again.json()).toMatchObject({ status: "pending", job_type: "feature_selection" });
    const id = again.json().job_id;
    expect(id).not.toBe(jobId);
    for (let i = 0; i < 2; i++) {
      const answer = await client.delete(`/api/v1/jobs/${id}`);
      expect([answer.statusCode, answer.json()]).toEqual([200, { job_id: id, status: "cancelled" }]);
    }
  });

  test("DELETE /data/{id}: 204, open jobs cancelled, results stay, then 404", async () => {
    const open = (await client.post(`/api/v1/jobs/${jobId}/rerun`)).json().job_id;
    const answer = await client.delete(`/api/v1/data/${datasetId}`);
    expect([answer.statusCode, answer.body]).toEqual([204, ""]);
    expect((await client.get(`/api/v1/data/${datasetId}`)).statusCode).toBe(404);
    expect((await client.get(`/api/v1/jobs/${open}`)).json()).toMatchObject({ status: "cancelled", dataset_id: null });
    expect((await client.get(`/api/v1/jobs/${jobId}/result`)).statusCode).toBe(200);
    expect(await harness.platform.blobs.list("datasets/")).toEqual([]);
    const gone = await client.post(`/api/v1/jobs/${jobId}/rerun`);
    expect([gone.statusCode, gone.json().code]).toEqual([409, "dataset_gone"]);
  });

  test("DELETE /results/{id}: 204, files gone, then 404", async () => {
    const { result_id } = (await client.get(`/api/v1/jobs/${jobId}`)).json();
    expect((await client.delete(`/api/v1/results/${result_id}`)).statusCode).toBe(204);
    expect((await client.get(`/api/v1/results/${result_id}`)).statusCode).toBe(404);
    expect(await harness.platform.blobs.list("results/")).toEqual([]);
    expect((await client.get(`/api/v1/jobs/${jobId}/result`)).statusCode).toBe(404);
  });
});
