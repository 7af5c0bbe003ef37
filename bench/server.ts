/*
 * The embedded server, started with `npm start` on a built tree: how soon it answers, how much memory it and all that it starts
 * take while a cohort of the size of TCGA-BLCA is uploaded and then a study of it runs, and how long /health waits meanwhile.
 *
 *   node bench/server.ts [cohort.csv]        Linux only; makes the cohort when no file is given
 *
 * `benchServer` is what a larger benchmark calls.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, openAsBlob, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiClient } from "../packages/cli/src/api-client.ts";
import { HealthPoll, type Waits } from "./health.ts";
import { MEMORY_TARGET, print, type Row, withCohort } from "./memory.ts";
import { type Peaks, ProcessTree, processorSeconds, treeOf } from "./process-tree.ts";

const root = join(import.meta.dirname, "..");
const START_TARGET_S = 5;
const WAIT_TARGET_MS = 50;
const SERVER_TARGET = MEMORY_TARGET + 400;
const user = { username: "bench", password: "a-password-for-the-bench" };

interface Running {
  address: string;
  /** of the process that answers */
  pid: number;
  /** s from the command to the first answer, and of processor time in it */
  seconds: number;
  processor: number;
  tree: ProcessTree;
  stop(): Promise<Peaks>;
}

/** `npm start` on a data folder, until /health answers. */
async function startServer(dataDir: string): Promise<Running> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const command = ["start", "--", "--port", String(port), "--data-dir", dataDir, "--threads", "2"];
  const env = { ...process.env, RATE_LIMIT: "off", LOG_LEVEL: "warn" };
  const npm = spawn("npm", command, { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((done) => npm.once("exit", done));
  const tree = new ProcessTree(npm.pid!, 25);
  while (!(await answers(address))) {
    if (npm.exitCode !== null) throw new Error(`npm start ended with ${npm.exitCode}`);
    await sleep(20);
  }
  const seconds = (performance.now() - began) / 1000;
  const processor = processorSeconds(npm.pid!);
  const pid = serverIn(npm.pid!);
  const stop = async () => {
    process.kill(pid, "SIGTERM");
    await ended;
    return tree.stop();
  };
  return { address, pid, seconds, processor, tree, stop };
}

async function answers(address: string): Promise<boolean> {
  const response = await fetch(`${address}/health`).catch(() => undefined);
  return response?.ok === true;
}

/** The process below npm that runs the command line. */
function serverIn(npm: number): number {
  const found = treeOf(npm).filter((pid) => /omicselector2\.js\0serve/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")));
  return found.at(-1)!;
}

/** Uploads the cohort. @returns the dataset's id */
async function upload(api: ApiClient, file: string): Promise<string> {
  const form = new FormData();
  form.set("name", "cohort");
  form.set("data_type", "bulk_rna_seq");
  form.set("file", await openAsBlob(file), "cohort.csv");
  const { dataset_id } = await api.post<{ dataset_id: string }>("/data/upload", form);
  return dataset_id;
}

/** Runs the study that the command line's memory is measured by. */
async function runJob(api: ApiClient, dataset: string): Promise<void> {
  const request = { dataset_id: dataset, methods: ["lasso", "rf_importance", "t_test"], config: { target_column: "class" } };
  const { job_id } = await api.post<{ job_id: string }>("/jobs/feature-selection", request);
  for (;;) {
    const { status } = await api.get<{ status: string }>(`/jobs/${job_id}`);
    if (status === "completed") return;
    if (status !== "pending" && status !== "running") throw new Error(`the job ${status}`);
    await sleep(100);
  }
}

/** @param cohort  CSV with a column `class`; made when left out */
export async function benchServer(cohort?: string): Promise<Row[]> {
  if (process.platform !== "linux") throw new Error("memory of processes is read from /proc: Linux only");
  const dataDir = mkdtempSync(join(tmpdir(), "omicselector2-server-"));
  try {
    return await withCohort(cohort, async (file) => {
      const first = await startServer(dataDir);
      await first.stop();
      const second = await startServer(dataDir);
      const rows = [started("a new data folder", first), started("a data folder that is there", second)];
      const waits = await waitsOf(second, file).catch(async (error) => {
        await second.stop();
        throw error;
      });
      return [...rows, ...waits, ...memoryRows(await second.stop())];
    });
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function waitsOf({ address, pid }: Running, file: string): Promise<Row[]> {
  const api = new ApiClient(address);
  await api.post("/auth/register", { ...user, email: "bench@example.org", full_name: "Bench" });
  await api.login(user.username, user.password);
  const health = await HealthPoll.start(address, pid);
  try {
    await sleep(1000);
    const rows = waitRows("nothing", await health.take());
    const dataset = await upload(api, file);
    rows.push(...waitRows("an upload", await health.take()));
    await runJob(api, dataset);
    return [...rows, ...waitRows("a job", await health.take())];
  } finally {
    health.stop();
  }
}

function waitRows(during: string, { requests, longest, longestOwn, busiest, longestBare }: Waits): Row[] {
  const what = `longest wait for /health during ${during}`;
  const load = `${loadavg()[0]!.toFixed(0)} threads for ${availableParallelism()} cores`;
  const note = `${requests} requests; a bare server beside it: ${longestBare.toFixed(1)} ms; ${load}`;
  return [
    { what: `${what}, threads' wait for a core taken off`, measured: longestOwn, unit: "ms", target: null },
    { what: `most work of the event loop in one such wait during ${during}`, measured: busiest, unit: "ms", target: WAIT_TARGET_MS },
    { what: `${what}, as the client sees it`, measured: longest, unit: "ms", target: null, note },
  ];
}

function started(folder: string, { seconds, processor }: Running): Row {
  const note = `${processor.toFixed(1)} s of processor time: on a machine that does nothing else it takes little more`;
  return { what: `npm start to the first answer, ${folder}`, measured: seconds, unit: "s", target: START_TARGET_S, note };
}

function memoryRows({ largest, together, byProcess }: Peaks): Row[] {
  const note = Array.from(byProcess, ([name, peak]) => `${name}: ${peak.toFixed(0)}`).join("; ");
  const what = "server with an upload and a job";
  return [
    { what: `${what}: largest process`, measured: largest, unit: "MB", target: SERVER_TARGET, note },
    { what: `${what}: all processes at a time`, measured: together, unit: "MB", target: SERVER_TARGET },
  ];
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

if (import.meta.main) print(await benchServer(process.argv[2]));
