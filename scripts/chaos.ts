/*
 * npm run chaos [-- --jobs 50 --users 10 --workers 4]
 *
 * Breaks everything that a cluster stands on while it works, and counts what came of it. Real PostgreSQL, Redis and MinIO, an API and
 * workers as processes of their own; in the order of the list below, again and again until the jobs have ended: SIGKILL of workers and
 * of the API, Redis killed and back with its data, and without them, PostgreSQL killed, the object store away for 20 s, a worker frozen
 * past its lease. Processes that die are started again; users ask again what was not answered.
 *
 * Every job must end once, completed, with the bytes of an embedded server that nobody disturbed. Ends with 0 when that is so.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { PatientClient } from "./cluster/client.ts";
import { type Cluster, startCluster } from "./cluster/cluster.ts";
import { cohortCsv, type Study, sha256, someStudies, undisturbed } from "./cluster/studies.ts";
import { printTally, tallyOf } from "./cluster/tally.ts";

const options = {
  jobs: { type: "string", default: "50" },
  users: { type: "string", default: "10" },
  workers: { type: "string", default: "4" },
  keep: { type: "boolean", default: false },
} as const;
const { values } = parseArgs({ options });
const [jobs, users, workers] = [values.jobs, values.users, values.workers].map(Number) as [number, number, number];

const began = Date.now();
const say = (line: string) => void process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);

interface Submitted {
  readonly client: PatientClient;
  readonly jobId: string;
  readonly study: number;
}

// The servers and processes that were started go down with this one.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();

async function main(): Promise<number> {
  const csv = cohortCsv();
  const studies = someStudies(6);
  say(`${studies.length} studies on an embedded server, undisturbed`);
  const expected = await undisturbed(studies, csv);
  const cluster = await startCluster({ workers, threads: 1, say });
  let over = false;
  try {
    say(`${workers} workers of one thread; ${jobs} jobs of ${users} users`);
    const trouble = breakThings(cluster, () => over);
    const submitted = await submitAll(cluster.address, csv, studies);
    const ends = await Promise.all(submitted.map((each) => endOf(each)));
    over = true;
    const broken = await trouble;
    const tally = await tallyOf({ cluster, ends, expected, jobs, broken, retries: ends.reduce((sum, { retries }) => sum + retries, 0) });
    printTally(tally);
    return tally.good ? 0 : 1;
  } finally {
    over = true;
    if (values.keep) say(`logs stay in ${cluster.services.folder} for an hour, or until Ctrl-C`);
    if (values.keep) await sleep(3_600_000);
    await cluster.stop();
  }
}

/** Users come one after another during the first minute. */
async function submitAll(address: string, csv: string, studies: readonly Study[]): Promise<Submitted[]> {
  const each = Math.ceil(jobs / users);
  const all = await Promise.all(
    Array.from({ length: users }, async (_, u) => {
      await sleep(u * 4000);
      const client = new PatientClient(address, `user${u + 1}`);
      await client.signUp();
      const dataset = await client.upload(csv);
      const mine: Submitted[] = [];
      for (let k = 0; k < each && u * each + k < jobs; k++) {
        const study = (u * each + k) % studies.length;
        mine.push({ client, jobId: await client.submit(dataset, studies[study]!), study });
        await sleep(1000);
      }
      say(`user ${u + 1} has submitted ${mine.length} jobs`);
      return mine;
    }),
  );
  return all.flat();
}

async function endOf({ client, jobId, study }: Submitted) {
  const job = await client.untilEnded(jobId, 1_800_000);
  say(`job ${jobId.slice(0, 8)} of ${client.name}: ${job.status}${job.error_message === undefined ? "" : `: ${job.error_message}`}`);
  const hash = job.result_id === undefined ? null : sha256(await client.resultBytes(job.result_id));
  return { jobId, study, status: job.status, hash, retries: client.retries };
}

/** @returns what was done, and how often */
async function breakThings(cluster: Cluster, over: () => boolean): Promise<Map<string, number>> {
  const done = new Map<string, number>();
  const { postgres, redis, minio, folder } = cluster.services;
  let turn = 0;
  const worker = () => cluster.workers[turn++ % cluster.workers.length]!;
  const steps: [string, () => Promise<void>][] = [
    ["SIGKILL of a worker", async () => worker().signal("SIGKILL")],
    ["SIGKILL of the API", async () => cluster.api.signal("SIGKILL")],
    ["Redis killed, back with its data", async () => restart(redis)],
    ["SIGKILL of two workers at once", async () => void [worker(), worker()].map((each) => each.signal("SIGKILL"))],
    [
      "Redis killed, back without its data",
      async () => {
        await redis.kill();
        rmSync(join(folder, "redis", "appendonlydir"), { recursive: true, force: true });
        rmSync(join(folder, "redis", "dump.rdb"), { force: true });
        await redis.start();
      },
    ],
    ["PostgreSQL killed and back", async () => restart(postgres)],
    [
      "the object store away for 20 s",
      async () => {
        await minio.kill();
        await sleep(20_000);
        await minio.start();
      },
    ],
    [
      "a worker frozen for 30 s, past its lease",
      async () => {
        const frozen = worker();
        frozen.signal("SIGSTOP");
        await sleep(30_000);
        frozen.signal("SIGCONT");
      },
    ],
  ];
  await sleep(8000);
  while (!over()) {
    for (const [name, act] of steps) {
      if (over()) break;
      say(name);
      await act();
      done.set(name, (done.get(name) ?? 0) + 1);
      await sleep(6000);
    }
  }
  return done;
}

async function restart(service: { kill(): Promise<void>; start(): Promise<void> }): Promise<void> {
  await service.kill();
  await sleep(3000);
  await service.start();
}
