import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { demoCohort } from "../../packages/cli/src/demo-cohort.ts";

/** What a user has, and must have again after the restore. */
export interface Study {
  readonly username: string;
  readonly password: string;
  readonly datasetId: string;
  readonly resultId: string;
  /** SHA-256 of each thing that can be downloaded, by its path */
  readonly hashes: Readonly<Record<string, string>>;
}

type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

/** Registers, uploads a cohort, runs a selection to its end, and notes what comes back. */
export async function runStudy(address: string): Promise<Study> {
  const user = { username: "backup_trial", password: randomBytes(12).toString("base64url") };
  await caller(address)("POST", "/auth/register", { ...user, email: "backup@example.org" });
  const call = await login(address, user);
  const form = new FormData();
  form.set("name", "cohort");
  form.set("data_type", "bulk_rna_seq");
  form.set("file", new Blob([demoCohort({ samples: 80, features: 300 }).csv]), "cohort.csv");
  const { dataset_id: datasetId } = await call<{ dataset_id: string }>("POST", "/data/upload", form);
  const config = { target_column: "class", n_features_to_select: 10, stability: { enabled: true, n_bootstraps: 10 } };
  const submitted = { dataset_id: datasetId, methods: ["lasso", "t_test"], config };
  const { job_id } = await call<{ job_id: string }>("POST", "/jobs/feature-selection", submitted);
  const resultId = await untilDone(call, job_id);
  const study = { ...user, datasetId, resultId };
  return { ...study, hashes: await download(address, study) };
}

/** What the same user gets now, under the same password. */
export async function download(
  address: string,
  { username, password, datasetId, resultId }: Omit<Study, "hashes">,
): Promise<Record<string, string>> {
  const call = await login(address, { username, password });
  const { items: artifacts } = await call<{ items: { name: string }[] }>("GET", `/results/${resultId}/artifacts`);
  const paths = [`/data/${datasetId}/download`, ...artifacts.map(({ name }) => `/results/${resultId}/artifacts/${name}`)];
  const hashes: Record<string, string> = {};
  for (const path of paths)
    hashes[path] = createHash("sha256")
      .update(await call<Uint8Array>("GET", path))
      .digest("hex");
  return hashes;
}

async function untilDone(call: Call, jobId: string): Promise<string> {
  for (let waited = 0; waited < 600; waited++) {
    const job = await call<{ status: string; result_id?: string; error_message?: string }>("GET", `/jobs/${jobId}`);
    if (job.status === "completed") return job.result_id!;
    if (job.status === "failed" || job.status === "cancelled") throw new Error(`the job ${job.status}: ${job.error_message}`);
    await sleep(200);
  }
  throw new Error("the job did not end in two minutes");
}

async function login(address: string, user: { username: string; password: string }): Promise<Call> {
  const { access_token } = await caller(address)<{ access_token: string }>("POST", "/auth/login", user);
  return caller(address, access_token);
}

function caller(address: string, token?: string): Call {
  return async <T>(method: string, path: string, body?: unknown) => {
    const json = body !== undefined && !(body instanceof FormData);
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(json && { "content-type": "application/json" }) };
    const answer = await fetch(`${address}/api/v1${path}`, {
      method,
      headers,
      body: json ? JSON.stringify(body) : ((body as FormData) ?? null),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${await answer.text()}`);
    const isDownload = /\/(download|artifacts\/.+)$/.test(path);
    return (isDownload ? new Uint8Array(await answer.arrayBuffer()) : await answer.json()) as T;
  };
}
