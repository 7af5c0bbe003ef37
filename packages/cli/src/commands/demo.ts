import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SelectionConfigInput, SelectionMetrics } from "@omicselector2/contracts";
import { Command } from "commander";
import { ApiClient } from "../api-client.ts";
import { type DemoCohort, demoCohort } from "../demo-cohort.ts";
import { demoReport } from "../demo-report.ts";
import { Fault } from "../fault.ts";
import { createProgressBar } from "../progress-bar.ts";
import { untilStopped } from "../shutdown.ts";

const methods = ["lasso", "t_test", "mrmr"];
const config: SelectionConfigInput = {
  target_column: "class",
  n_features_to_select: 20,
  stability: { enabled: true, n_bootstraps: 50, threshold: 0.7 },
};

export function demoCommand(): Command {
  return new Command("demo")
    .description("the whole way on a generated cohort whose biomarkers are known: server, upload, selection, signature beside the truth")
    .option("--exit", "stop at the end instead of keeping the server up")
    .action(demo);
}

async function demo({ exit }: { exit?: true }): Promise<void> {
  // Loaded here, not above: other commands need neither database nor server.
  const { readConfig } = await import("@omicselector2/platform");
  const { startEmbeddedServer } = await import("../embedded-server.ts");
  const dataDir = await mkdtemp(join(tmpdir(), "omicselector2-demo-"));
  const stopped = untilStopped();
  const settings = readConfig({ ...process.env, PORT: "0", HOST: "127.0.0.1", OMICSELECTOR_DATA_DIR: dataDir });
  const server = await startEmbeddedServer(settings);
  try {
    say(`server at ${server.address}, data in ${dataDir}`);
    const outcome = await Promise.race([runDemo(server.address), stopped]);
    if (typeof outcome === "string") throw new Fault("interrupted");
    if (exit) return;
    say(
      `\nthe server stays up: documentation at ${server.address}/docs, user ${outcome.username}, password ${outcome.password}; Ctrl-C ends it`,
    );
    await stopped;
  } finally {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function runDemo(address: string): Promise<{ username: string; password: string }> {
  const api = new ApiClient(address);
  const user = { username: "demo", password: randomBytes(12).toString("base64url") };
  await api.post("/auth/register", { ...user, email: "demo@example.org", full_name: "Demo" });
  await api.login(user.username, user.password);
  const cohort = demoCohort();
  say(
    `cohort of ${cohort.samples} samples x ${cohort.features} features, ${cohort.planted.length} of which differ between cancer and control`,
  );
  const { dataset_id } = await upload(api, cohort);
  say(`selecting by ${methods.join(", ")} in ${config.stability?.n_bootstraps} resamples, inside 5 outer folds`);
  const { job_id } = await api.post<{ job_id: string }>("/jobs/feature-selection", { dataset_id, methods, config });
  const result = await follow(api, job_id);
  say(demoReport(cohort.planted, result.selected_features, result.metrics));
  return user;
}

async function upload(api: ApiClient, cohort: DemoCohort): Promise<{ dataset_id: string }> {
  const form = new FormData();
  form.set("name", "demo cohort");
  form.set("data_type", "bulk_rna_seq");
  form.set("file", new Blob([cohort.csv], { type: "text/csv" }), "demo.csv");
  return await api.post("/data/upload", form);
}

async function follow(api: ApiClient, jobId: string): Promise<{ selected_features: string[]; metrics: SelectionMetrics }> {
  const bar = createProgressBar();
  try {
    const end = await api.watch(jobId, ({ progress, eta_seconds, message, status }) =>
      bar.update({ done: progress, total: 100, etaSeconds: eta_seconds, message: message ?? status }),
    );
    if (end.status !== "completed") throw new Fault(`the job ${end.status}: ${end.error_message ?? "no reason given"}`);
    return await api.get(`/results/${end.result_id}`);
  } finally {
    bar.end();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
