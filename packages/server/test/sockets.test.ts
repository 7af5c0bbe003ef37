import { once } from "node:events";
import { jobTopic } from "@omicselector2/contracts";
import { cancelJob, completeJob, createMemoryEventBus, type EventBus, findJob, setProgress, startJob } from "@omicselector2/platform";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import WebSocket, { type ClientOptions } from "ws";
import { createJobFeeds, type Watcher } from "../src/ws/job-feed.ts";
import { type Client, type Harness, openHarness, uploadParts } from "./harness.ts";

type Message = { type: string; seq: number; status: string; progress: number; at: string };

let harness: Harness;
let client: Client;
let address: string;
let datasetId: string;
let jobId: string;

beforeAll(async () => {
  harness = await openHarness();
  client = await harness.user("anna");
  datasetId = (await client.upload(uploadParts())).json().dataset_id;
  address = (await harness.app.listen({ port: 0, host: "127.0.0.1" })).replace("http", "ws");
});
afterAll(() => harness.close());
beforeEach(async () => {
  jobId = (await client.post("/api/v1/jobs/feature-selection", { dataset_id: datasetId, methods: ["t_test"] })).json().job_id;
});

function watch(id: string, query = `?token=${client.token}`, protocols: string[] = [], options: ClientOptions = {}) {
  const socket = new WebSocket(`${address}/api/v1/jobs/${id}/ws${query}`, protocols, options);
  const messages: Message[] = [];
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  const closed = once(socket, "close").then(([code, reason]) => ({ code, reason: String(reason) }));
  return { socket, messages, closed };
}

const announce = async () => {
  const job = await findJob(harness.platform.db, jobId);
  await harness.platform.events.publish(jobTopic(jobId), String(job!.eventSeq));
};
const run = () => startJob(harness.platform.db, jobId).then(announce);
const progress = (percent: number) => setProgress(harness.platform.db, jobId, { progress: percent, message: "t_test" }).then(announce);
const complete = () =>
  completeJob(harness.platform.db, jobId, { selectedFeatures: [], metrics: {}, artifactsPath: "s3://results/x/" }).then(announce);

test("a snapshot, then numbered events, 1000 at the end", async () => {
  const { messages, closed } = watch(jobId);
  await until(() => messages.length === 1);
  expect(messages[0]).toMatchObject({ type: "snapshot", seq: 1, job_id: jobId, status: "pending", progress: 0 });
  await run();
  for (const percent of [10, 45, 90]) await progress(percent);
  await complete();
  expect(await closed).toEqual({ code: 1000, reason: "completed" });
  expect(messages.map(({ type, seq, progress }) => [type, seq, progress])).toEqual([
    ["snapshot", 1, 0],
    ["status", 2, 0],
    ["progress", 3, 10],
    ["progress", 4, 45],
    ["progress", 5, 90],
    ["status", 6, 100],
  ]);
  expect(messages.at(-1)).toMatchObject({ status: "completed", result_id: expect.any(String), at: expect.stringMatching(/Z$/) });
});

test("?after=n replays what came after it", async () => {
  await run();
  await progress(30);
  const { messages, closed } = watch(jobId, `?token=${client.token}&after=1`);
  await until(() => messages.length === 3);
  expect(messages.map(({ type, seq }) => [type, seq])).toEqual([
    ["snapshot", 3],
    ["status", 2],
    ["progress", 3],
  ]);
  await complete();
  expect((await closed).code).toBe(1000);
  expect(messages.map(({ seq }) => seq)).toEqual([3, 2, 3, 4]);
});

test("a number that was never given out hides nothing", async () => {
  const { messages, closed } = watch(jobId, `?token=${client.token}&after=1000`);
  await until(() => messages.length === 1);
  await client.delete(`/api/v1/jobs/${jobId}`);
  await closed;
  expect(messages.map(({ seq }) => seq)).toEqual([1, 2]);
});

test("an ended job: the snapshot, the replay if asked for, 1000", async () => {
  await run();
  await complete();
  const plain = watch(jobId);
  expect((await plain.closed).code).toBe(1000);
  expect(plain.messages.map(({ type, seq }) => [type, seq])).toEqual([["snapshot", 3]]);
  const replay = watch(jobId, `?token=${client.token}&after=0`);
  expect((await replay.closed).code).toBe(1000);
  expect(replay.messages.map(({ seq }) => seq)).toEqual([3, 1, 2, 3]);
});

test("a cancel is seen by who watches", async () => {
  const { messages, closed } = watch(jobId);
  await until(() => messages.length === 1);
  await client.delete(`/api/v1/jobs/${jobId}`);
  expect(await closed).toEqual({ code: 1000, reason: "cancelled" });
  expect(messages.at(-1)).toMatchObject({ status: "cancelled", seq: 2 });
});

test("news that no message told of is found within the look every two seconds", async () => {
  const { messages, closed } = watch(jobId);
  await until(() => messages.length === 1);
  await cancelJob(harness.platform.db, jobId);
  expect((await closed).code).toBe(1000);
  expect(messages.map(({ seq }) => seq)).toEqual([1, 2]);
});

describe("the token", () => {
  test("comes as Authorization or as the second subprotocol, too", async () => {
    const header = watch(jobId, "", [], { headers: { authorization: `Bearer ${client.token}` } });
    await until(() => header.messages.length === 1);
    header.socket.close();
    const protocol = watch(jobId, "", ["bearer", client.token!]);
    await until(() => protocol.messages.length === 1);
    expect(protocol.socket.protocol).toBe("bearer");
    protocol.socket.close();
  });

  test.each(["", "?token=nonsense", "?token="])("%j is 4401", async (query) => {
    const { messages, closed } = watch(jobId, query);
    expect((await closed).code).toBe(4401);
    expect(messages).toEqual([]);
  });

  test("somebody else's, an unknown or a malformed job is 4404", async () => {
    const stranger = await harness.user("stranger");
    for (const [id, token] of [
      [jobId, stranger.token],
      [crypto.randomUUID(), client.token],
      ["nonsense", client.token],
    ]) {
      const { messages, closed } = watch(id!, `?token=${token}`);
      expect((await closed).code).toBe(4404);
      expect(messages).toEqual([]);
    }
  });
});

test("without an upgrade the path is 426", async () => {
  const answer = await client.get(`/api/v1/jobs/${jobId}/ws`);
  expect([answer.statusCode, answer.json().code]).toEqual([426, "upgrade_required"]);
});

test("many watchers of a job share one subscription, see the same, and leave nothing behind", async () => {
  const inner = createMemoryEventBus();
  let subscriptions = 0;
  const events: EventBus = {
    ...inner,
    async subscribe(topic, listener) {
      subscriptions += 1;
      const leave = await inner.subscribe(topic, listener);
      return async () => {
        subscriptions -= 1;
        await leave();
      };
    },
  };
  const feeds = createJobFeeds({
    db: harness.platform.db,
    events,
    everyMilliseconds: 50,
    onError: (error) => {
      throw error;
    },
  });
  const seen = Array.from({ length: 5 }, () => [] as number[]);
  const ends: number[] = [];
  const job = (await findJob(harness.platform.db, jobId))!;
  const watchers = seen.map((list): Watcher => ({ seq: 0, send: ({ seq }) => list.push(seq), end: (code) => ends.push(code) }));
  // They join while events come in.
  const work = (async () => {
    await run();
    for (let i = 1; i <= 20; i++) await progress(i);
  })();
  for (const watcher of watchers) {
    await feeds.watch(job, watcher, 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await work;
  await until(() => seen.every((list) => list.at(-1) === 22));
  // The snapshot's number, then every event once and in order.
  for (const list of seen) expect(list).toEqual([1, ...Array.from({ length: 22 }, (_, i) => i + 1)]);
  expect([feeds.size(), subscriptions]).toEqual([1, 1]);
  for (const watcher of watchers) feeds.leave(jobId, watcher);
  await until(() => subscriptions === 0);
  expect(feeds.size()).toBe(0);
});

test("who joins while events are handed out misses none of them", async () => {
  const { db, events } = harness.platform;
  const feeds = createJobFeeds({ db, events, everyMilliseconds: 20, onError: (error) => expect.fail(String(error)) });
  const stale = (await findJob(db, jobId))!;
  const late: number[] = [];
  const second: Watcher = { seq: 0, send: ({ seq }) => late.push(seq), end: () => undefined };
  let joined = false;
  const first: Watcher = {
    seq: 0,
    send({ seq }) {
      if (seq < 4 || joined) return;
      joined = true;
      void feeds.watch(stale, second, undefined);
    },
    end: () => undefined,
  };
  await run();
  for (const percent of [1, 2, 3]) await progress(percent);
  await feeds.watch(stale, first, undefined);
  await until(() => late.at(-1) === 5);
  expect(late).toEqual([1, 2, 3, 4, 5]);
  await feeds.close();
});

test("a server that closes says so", async () => {
  const own = await openHarness();
  const anna = await own.user("anna");
  const dataset_id = (await anna.upload(uploadParts())).json().dataset_id;
  const { job_id } = (await anna.post("/api/v1/jobs/feature-selection", { dataset_id, methods: ["t_test"] })).json();
  const base = (await own.app.listen({ port: 0, host: "127.0.0.1" })).replace("http", "ws");
  const socket = new WebSocket(`${base}/api/v1/jobs/${job_id}/ws?token=${anna.token}`);
  await once(socket, "message");
  const closed = once(socket, "close");
  await own.close();
  expect((await closed)[0]).toBe(1001);
});

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > end) throw new Error("it did not come about within 5 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
