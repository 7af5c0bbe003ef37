import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jobTopic } from "@omicselector2/contracts";
import { EngineError } from "@omicselector2/engine";
import {
  blobKeys,
  cancelJob,
  createDataset,
  createInProcessQueue,
  createJob,
  createUser,
  doneUnits,
  type Executor,
  findJob,
  findResultFor,
  type Job,
  listEvents,
  listRanges,
  listUnits,
  listWorkers,
  openPlatform,
  type PlannedUnit,
  type Platform,
  pendingRanges,
  readConfig,
  type StudyRequest,
  sendRanges,
} from "@omicselector2/platform";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { abortable } from "./abortable.ts";
import { createJobRunner, type JobRunner, type JobRunnerOptions } from "./job-runner.ts";
import { mortal, type SharedQueue, sharedQueue } from "./testing/workers.ts";

/** Six units that select, a range each, and two that score what these found. */
const plan: PlannedUnit[] = [
  ...Array.from({ length: 6 }, (_, i) => ({ id: `select/${i}`, stage: 1, cost: 10 - i / 10 })),
  ...Array.from({ length: 2 }, (_, i) => ({ id: `score/${i}`, stage: 2, cost: 10 - i / 10 })),
];
const times = { beat: 100, lease: 1000, sent: 300, progress: 20 };
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

let folder: string;
let platform: Platform;
let shared: SharedQueue;
let userId: string;
let datasetId: string;
const workers: Worker[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "job-runner-"));
  platform = await openPlatform(readConfig({ OMICSELECTOR_DATA_DIR: join(folder, "data"), THREADS: "1" }));
});
afterAll(async () => {
  await platform.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  shared = await sharedQueue();
  userId = await someUser();
  datasetId = (await createDataset(platform.db, { name: "cohort", dataType: "mirna", ownerId: userId, contentHash: "abc" })).id;
  await platform.blobs.put(blobKeys.dataset(datasetId), bytes("the dataset"));
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((each) => each.runner.close()));
});

async function someUser(): Promise<string> {
  const name = randomUUID();
  return (await createUser(platform.db, { email: `${name}@example.org`, username: name, hashedPassword: "x" })).id;
}

async function submit(units: readonly PlannedUnit[] = plan, more: { userId?: string; datasetId?: string | null } = {}): Promise<string> {
  const id = await createJobOf(units, more);
  await sendRanges(platform.db, shared.queue, "default", await pendingRanges(platform.db, id));
  return id;
}

async function createJobOf(units: readonly PlannedUnit[], more: { userId?: string; datasetId?: string | null } = {}): Promise<string> {
  const config = { methods: ["t_test"], cv_folds: 2 };
  return (await createJob(platform.db, { jobType: "feature_selection", config, userId, datasetId, queue: "default", units, ...more })).id;
}

interface Worker {
  readonly runner: JobRunner;
  /** the queue takes it for dead, and it does not know */
  forget(): void;
  /** as by SIGKILL: nothing is given back, nobody hears of it again */
  kill(): void;
}

type RunUnit = (id: string, signal: AbortSignal) => Promise<void>;
interface Fake {
  unit?: RunUnit;
  onOpen?: (request: StudyRequest) => void;
  units?: readonly PlannedUnit[];
  output?: (id: string) => unknown;
}

/** Studies whose units are of the plan above, each doing what the test says. */
function fakeExecutor({
  unit = async () => undefined,
  onOpen = () => undefined,
  units = plan,
  output = (id) => ({ unit: id }),
}: Fake): Executor {
  return {
    async open(request) {
      onOpen(request);
      const closing = new AbortController();
      const inputs = units.filter(({ stage }) => stage === 1).map(({ id }) => id);
      return {
        units: units.map((each) => ({ ...each, label: `working on ${each.id}` })),
        bytes: 1,
        inputsOf: (id) => (id.startsWith("score") ? inputs : []),
        async runUnit(id, earlier, signal) {
          const stop = AbortSignal.any([signal, closing.signal]);
          await abortable(unit(id, stop), stop);
          return bytes({ ...(output(id) as object), saw: [...earlier].map(([name, data]) => [name, sha256(data)]).sort() });
        },
        async reduce(outputs) {
          const seen = [...outputs].map(([id, data]) => `${id} ${sha256(data)}`).sort();
          const result = bytes({ selected_features: ["g1", "g2"], metrics: { seen } });
          return { result, artifacts: new Map([["result.json", result]]) };
        },
        close: async (reason) => closing.abort(reason),
      };
    },
    run: () => Promise.reject(new Error("not used")),
    close: async () => undefined,
  };
}

async function startWorker(fake: Fake = {}, more: Partial<JobRunnerOptions> = {}): Promise<Worker> {
  let dead = false;
  const queue = shared.join();
  const isDead = () => dead;
  const own = {
    config: platform.config,
    db: mortal(platform.db, isDead),
    blobs: mortal(platform.blobs, isDead),
    events: mortal(platform.events, isDead),
    queue: mortal(queue, isDead),
  };
  const runner = createJobRunner({ platform: own, executor: fakeExecutor(fake), alone: false, times, ...more });
  await runner.start();
  const worker: Worker = {
    runner,
    forget: () => queue.vanish(),
    kill() {
      dead = true;
      queue.vanish();
      workers.splice(workers.indexOf(worker), 1);
    },
  };
  workers.push(worker);
  return worker;
}

function closeAfterwards(runner: JobRunner): void {
  workers.push({ runner, kill: () => undefined, forget: () => undefined });
}

async function ended(id: string): Promise<Job> {
  for (;;) {
    const job = (await findJob(platform.db, id))!;
    if (!["pending", "running"].includes(job.status)) return job;
    await sleep(10);
  }
}

const untilAborted: RunUnit = (_id, signal) =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    if (signal.aborted) reject(signal.reason);
  });
const resultOf = (job: Job) => platform.blobs.read(`${blobKeys.resultPrefix(job.resultId!)}result.json`).then(String);
const attemptsOf = async (id: string) => (await listUnits(platform.db, id)).reduce((sum, { attempts }) => sum + attempts, 0);
const nothingLeft = async (id: string) => expect.poll(() => platform.blobs.list(blobKeys.checkpointPrefix(id))).toEqual([]);

test("a job runs, leaves its result with its files, and no checkpoints", async () => {
  const requests: StudyRequest[] = [];
  const id = await submit();
  const heard: string[] = [];
  await platform.events.subscribe(jobTopic(id), (seq) => heard.push(seq));
  await startWorker({ onOpen: (request) => requests.push(request) });
  const job = await ended(id);
  expect(job, String(job.errorMessage)).toMatchObject({ status: "completed", progress: 100, message: "2 features selected" });
  const datasetPath = { path: expect.any(String), key: blobKeys.dataset(datasetId), dataKey: expect.any(Uint8Array) };
  expect(requests).toEqual([{ datasetPath, datasetHash: "abc", methods: ["t_test"], config: { cv_folds: 2 } }]);
  expect(await findResultFor(platform.db, job.resultId!, userId)).toMatchObject({ selectedFeatures: ["g1", "g2"] });
  await nothingLeft(id);
  const events = await listEvents(platform.db, id);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.at(-1)!.payload).toMatchObject({ status: "completed", result_id: job.resultId });
  await expect.poll(() => heard.at(-1)).toBe(String(events.at(-1)!.seq));
});

test("a job fans out to all workers, and its bytes are those of one", async () => {
  const alone = await submit();
  const first = await startWorker();
  const undisturbed = await resultOf(await ended(alone));
  await first.runner.close();
  const ran = new Map<number, string[]>();
  for (const worker of [0, 1, 2]) {
    const unit = async (id: string) => {
      ran.set(worker, [...(ran.get(worker) ?? []), id]);
      await sleep(30);
    };
    await startWorker({ unit });
  }
  const id = await submit();
  const job = await ended(id);
  expect(job.status, String(job.errorMessage)).toBe("completed");
  expect(await resultOf(job)).toBe(undisturbed);
  expect([...ran.keys()].sort()).toEqual([0, 1, 2]);
  expect([...ran.values()].flat().sort(), "each unit once").toEqual(plan.map((unit) => unit.id).sort());
});

test("a worker that dies in mid-range is taken over, and what it computed is not computed again", async () => {
  const reached = Promise.withResolvers<void>();
  const doomed = await startWorker({
    unit: async (id, signal) => {
      if (id !== "select/3") return;
      reached.resolve();
      await untilAborted(id, signal);
    },
  });
  const id = await submit();
  await reached.promise;
  await expect.poll(async () => (await doneUnits(platform.db, id)).size).toBeGreaterThanOrEqual(3);
  const done = [...(await doneUnits(platform.db, id)).keys()];
  doomed.kill();
  const ran: string[] = [];
  await startWorker({
    unit: async (unit) => {
      ran.push(unit);
    },
  });
  const job = await ended(id);
  expect(job.status, String(job.errorMessage)).toBe("completed");
  expect(ran.filter((unit) => done.includes(unit))).toEqual([]);
  const attempts = Object.fromEntries((await listUnits(platform.db, id)).map((unit) => [unit.unitId, unit.attempts]));
  expect(attempts["select/3"]).toBe(1);
  for (const unit of done) expect(attempts[unit]).toBe(0);
});

test("a unit that took three workers down with it fails the job, and is named", async () => {
  const id = await submit();
  for (let death = 0; death < 3; death++) {
    const reached = Promise.withResolvers<void>();
    const doomed = await startWorker({
      unit: async (unit, signal) => {
        if (unit !== "select/0") return;
        reached.resolve();
        await untilAborted(unit, signal);
      },
    });
    await reached.promise;
    doomed.kill();
  }
  await startWorker({ unit: async (unit) => expect(unit).not.toBe("select/0") });
  const job = await ended(id);
  expect(job).toMatchObject({
    status: "failed",
    errorMessage: expect.stringMatching(/went down 3 times while they computed select\/0.*memory/),
  });
  await nothingLeft(id);
});

test("a worker that drains costs nothing, and others go on at once", async () => {
  const reached = Promise.withResolvers<void>();
  const drained = await startWorker({
    unit: async (id, signal) => {
      reached.resolve();
      await untilAborted(id, signal);
    },
  });
  const id = await submit();
  await reached.promise;
  await startWorker();
  const at = performance.now();
  await drained.runner.close();
  expect(performance.now() - at).toBeLessThan(2000);
  const job = await ended(id);
  expect(job.status, String(job.errorMessage)).toBe("completed");
  expect(performance.now() - at, "no lease had to run out").toBeLessThan(2000);
  expect(await attemptsOf(id)).toBe(0);
  expect((await listRanges(platform.db, id)).map(({ attempts }) => attempts)).toEqual(Array(9).fill(0));
  expect((await listWorkers(platform.db)).map((worker) => worker.id)).not.toContain(drained.runner.id);
});

test("messages that are lost are sent again", async () => {
  let lost = 0;
  shared.lose = () => ++lost <= 4;
  const id = await createJobOf(plan);
  await sendRanges(platform.db, shared.join(), "default", await pendingRanges(platform.db, id));
  await startWorker();
  expect(await ended(id)).toMatchObject({ status: "completed" });
  expect(lost).toBeGreaterThan(4);
});

test("a range delivered twice is worked on once", async () => {
  const ran: string[] = [];
  const unit = async (id: string) => {
    ran.push(id);
    await sleep(20);
  };
  await startWorker({ unit });
  await startWorker({ unit });
  const id = await submit();
  for (let again = 0; again < 3; again++) {
    for (let range = 0; range < 9; range++) await shared.queue.send("default", { jobId: id, range }, 0);
  }
  expect(await ended(id)).toMatchObject({ status: "completed" });
  expect(ran.sort()).toEqual(plan.map((each) => each.id).sort());
});

test("a cancelled job stops everywhere, stays cancelled and leaves nothing", async () => {
  const stopped: string[] = [];
  const unit: RunUnit = (id, signal) => untilAborted(id, signal).finally(() => stopped.push(id));
  await startWorker({ unit });
  await startWorker({ unit });
  const id = await submit();
  await expect.poll(async () => (await listUnits(platform.db, id)).filter(({ state }) => state === "running").length).toBeGreaterThan(1);
  const at = performance.now();
  await cancelJob(platform.db, id);
  await shared.queue.cancel(id);
  await expect.poll(() => stopped.length).toBeGreaterThan(1);
  expect(performance.now() - at).toBeLessThan(1000);
  expect(await findJob(platform.db, id)).toMatchObject({ status: "cancelled", errorMessage: null, resultId: null });
  await nothingLeft(id);
});

test("a cancel that nobody passed on is seen at the next heartbeat", async () => {
  const stopped = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  await startWorker({
    unit: async (id, signal) => {
      reached.resolve();
      await untilAborted(id, signal).finally(stopped.resolve);
    },
  });
  const id = await submit();
  await reached.promise;
  await cancelJob(platform.db, id);
  await stopped.promise;
  await nothingLeft(id);
  expect(await findJob(platform.db, id)).toMatchObject({ status: "cancelled" });
});

test("an error that the user can mend is told; a fault of the program goes to the log", async () => {
  const logged: unknown[] = [];
  let error: Error = new EngineError("data_unusable", "feature g3 has missing values");
  await startWorker({ unit: () => Promise.reject(error) }, { onError: (_id, each) => logged.push(each) });
  expect(await ended(await submit())).toMatchObject({ status: "failed", errorMessage: "feature g3 has missing values" });
  expect(logged).toEqual([]);
  error = new TypeError("x is not a function at /secret/place.ts");
  const id = await submit();
  const fault = await ended(id);
  expect(fault.errorMessage).toMatch(/fault of the program/);
  expect(fault.errorMessage).not.toContain("secret");
  await expect.poll(() => logged).toEqual([error]);
  await nothingLeft(id);
});

test("a lost service fails nothing and costs no attempt", async () => {
  let away = 0;
  const refused = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const blobs: Platform["blobs"] = {
    ...platform.blobs,
    put: async (key, body) => {
      if (key.startsWith("checkpoints/") && ++away % 2 === 1) throw refused();
      return await platform.blobs.put(key, body);
    },
  };
  const queue = shared.join();
  const runner = createJobRunner({ platform: { ...platform, blobs, queue }, executor: fakeExecutor({}), alone: false, times });
  await runner.start();
  closeAfterwards(runner);
  const id = await submit();
  expect(await ended(id)).toMatchObject({ status: "completed" });
  expect(away).toBe(16);
  expect(await attemptsOf(id)).toBe(0);
});

test("of two results one counts; the loser deletes its own files only", async () => {
  const id = await submit();
  const seen: string[] = [];
  const held = Promise.withResolvers<void>();
  // The first worker is away for longer than its lease, just before it commits its result.
  const blobs: Platform["blobs"] = {
    ...platform.blobs,
    put: async (key, body) => {
      const put = await platform.blobs.put(key, body);
      if (!key.startsWith("results/")) return put;
      seen.push(key);
      if (seen.length === 1) await held.promise;
      return put;
    },
  };
  const own = (queue: Platform["queue"]) => ({ ...platform, queue, blobs });
  const frozen = createJobRunner({
    platform: own(shared.join()),
    executor: fakeExecutor({}),
    alone: false,
    times: { ...times, beat: 1e6 },
  });
  await frozen.start();
  await expect.poll(() => seen.length).toBe(1);
  const other = createJobRunner({ platform: own(shared.join()), executor: fakeExecutor({}), alone: false, times });
  await other.start();
  const job = await ended(id);
  expect(job.status).toBe("completed");
  held.resolve();
  await expect.poll(() => platform.blobs.exists(seen[0]!)).toBe(false);
  expect(seen).toHaveLength(2);
  expect(await resultOf(job)).toContain("g1");
  await Promise.all([frozen.close(), other.close()]);
  expect((await findJob(platform.db, id))!.resultId).toBe(job.resultId);
});

test("an answer to the commit that is lost does not take the result's files along", async () => {
  let lost = 0;
  const db = new Proxy(platform.db, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (key !== "transaction") return typeof value === "function" ? value.bind(target) : value;
      return async (work: never) => {
        const done = await target.transaction(work);
        if ((done as { result?: unknown } | undefined)?.result === undefined || ++lost > 1) return done;
        throw Object.assign(new Error("Connection terminated unexpectedly"), { code: "ECONNRESET" });
      };
    },
  });
  const runner = createJobRunner({ platform: { ...platform, db, queue: shared.join() }, executor: fakeExecutor({}), alone: false, times });
  await runner.start();
  closeAfterwards(runner);
  const job = await ended(await submit());
  expect(lost).toBe(1);
  await runner.close();
  expect(await resultOf(job)).toContain("g1");
});

test("a damaged checkpoint is computed again", async () => {
  const id = await submit();
  const reached = Promise.withResolvers<void>();
  const stuck = await startWorker({
    unit: async (unit, signal) => {
      if (unit !== "score/0") return;
      reached.resolve();
      await untilAborted(unit, signal);
    },
  });
  await reached.promise;
  const hashes = await doneUnits(platform.db, id);
  await stuck.runner.close();
  await platform.blobs.put(blobKeys.checkpoint(id, "select/1", hashes.get("select/1")!), bytes("damaged"));
  await platform.blobs.delete(blobKeys.checkpoint(id, "select/4", hashes.get("select/4")!));
  const ran: string[] = [];
  await startWorker({
    unit: async (unit) => {
      ran.push(unit);
    },
  });
  const job = await ended(id);
  expect(job.status, String(job.errorMessage)).toBe("completed");
  expect(ran.filter((unit) => unit.startsWith("select")).sort()).toEqual(["select/1", "select/4"]);
  expect(await attemptsOf(id)).toBe(0);
});

test("a unit that gives another output the second time is reported, and the first one stays", async () => {
  const logged: string[] = [];
  const seen = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  // Frozen past its lease in the middle of a unit; when it wakes, somebody else has done the unit.
  const frozen = await startWorker(
    {
      unit: async (id) => {
        if (id !== "select/0") return;
        seen.resolve();
        await go.promise;
      },
      output: (id) => ({ unit: id, ...(id === "select/0" && { other: true }) }),
    },
    { times: { ...times, beat: 1e6 }, onError: (_job, error) => logged.push((error as Error).message) },
  );
  const id = await submit();
  await seen.promise;
  frozen.forget();
  await startWorker({
    unit: async (unit) => {
      if (unit === "score/0") await go.promise;
    },
  });
  await expect.poll(async () => (await doneUnits(platform.db, id)).has("select/0"), { timeout: 10_000 }).toBe(true);
  const first = (await doneUnits(platform.db, id)).get("select/0");
  go.resolve();
  await expect.poll(() => logged).toEqual(["unit select/0 gave another output than before: the first one stays"]);
  const job = await ended(id);
  expect(job.status, String(job.errorMessage)).toBe("completed");
  expect(await resultOf(job)).toContain(`select/0 ${first}`);
  await frozen.runner.close();
});

test("progress is numbered without gaps, never falls, and comes at most so often from all workers together", async () => {
  const units = Array.from({ length: 60 }, (_, i) => ({ id: `select/${i}`, stage: 1, cost: 6 }));
  const unit = () => sleep(10);
  const slow = { ...times, progress: 100 };
  for (let worker = 0; worker < 3; worker++) await startWorker({ unit, units }, { times: slow });
  const id = await submit(units);
  expect(await ended(id)).toMatchObject({ status: "completed" });
  const events = await listEvents(platform.db, id);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  const progress = events.filter(({ type }) => type === "progress");
  expect(progress.length).toBeGreaterThan(1);
  const gaps = progress.slice(1).map(({ at }, i) => at.getTime() - progress[i]!.at.getTime());
  // Of the two times one may be rounded up and the other down.
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(99);
  const percents = events.map(({ payload }) => payload.progress as number);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  expect(percents.at(-2)).toBeGreaterThan(0);
  expect(percents.filter((each) => each === 100)).toHaveLength(1);
});

test("users take turns, whoever came first and however much they ask for", async () => {
  const units = plan.filter(({ stage }) => stage === 1);
  const order: string[] = [];
  const queue = createInProcessQueue();
  const send = async (owner: string) => {
    const id = await createJobOf(units, { userId: owner });
    await sendRanges(platform.db, queue, "default", await pendingRanges(platform.db, id));
    return id;
  };
  const first = await send(userId);
  const second = await send(userId);
  const others = await send(await someUser());
  const names = new Map([
    [first, "1"],
    [second, "2"],
    [others, "o"],
  ]);
  await queue.listen(["default"], async ({ jobId }) => void order.push(names.get(jobId)!), 1);
  await expect.poll(() => order.length).toBe(18);
  expect(order.join("")).toBe("1o1o1o1o1o1o222222");
  await Promise.all([first, second, others].map((id) => cancelJob(platform.db, id)));
});

test("a job whose dataset is gone fails with that", async () => {
  await startWorker();
  const id = await submit(plan, { datasetId: null });
  expect(await ended(id)).toMatchObject({ status: "failed", errorMessage: expect.stringContaining("dataset was deleted") });
});

test("a job that was planned by another release is refused", async () => {
  await startWorker();
  const id = await submit([{ id: "select/of-old", stage: 1, cost: 1 }]);
  expect(await ended(id)).toMatchObject({ status: "failed", errorMessage: expect.stringContaining("another release") });
});
