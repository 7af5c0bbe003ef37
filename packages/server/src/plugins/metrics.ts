import { createHash, timingSafeEqual } from "node:crypto";
import { countJobsByStatus, countLiveWorkers, type Metrics, type Platform } from "@omicselector2/platform";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App, Services } from "../http.ts";
import { Problem } from "../problems.ts";
import { bearerOf } from "./authentication.ts";

/** Counts each request under the template of its route: never its path, which holds ids and what strangers try. */
export function countRequests(app: App, metrics: Metrics): void {
  app.addHook("onResponse", async (request, reply) => {
    metrics.request(request.method, request.routeOptions.url ?? "none", reply.statusCode, reply.elapsedTime / 1000);
  });
}

/** What every process of a cluster sees alike, and what this one has open. */
export function addGauges(metrics: Metrics, { db, queue, connections }: Pick<Platform, "db" | "queue" | "connections">): void {
  metrics.gauge("queue_messages", "Ranges of units in the queues", ["queue", "state"], () => depthOf(queue), 5);
  metrics.gauge(
    "jobs",
    "Jobs by status",
    ["status"],
    async () => (await countJobsByStatus(db)).map(({ status, n }) => ({ labels: { status }, value: n })),
    30,
  );
  metrics.gauge("workers", "Workers that are there", [], async () => [{ labels: {}, value: await countLiveWorkers(db) }], 5);
  metrics.gauge("database_connections", "Connections to the database; waiting: requests that want one", ["state"], () => {
    const { open, idle, waiting } = connections();
    return Object.entries({ used: open - idle, idle, waiting }).map(([state, value]) => ({ labels: { state }, value }));
  });
}

async function depthOf(queue: Platform["queue"]) {
  const depth = await queue.depth();
  return Object.entries(depth).flatMap(([name, { waiting, active }]) => [
    { labels: { queue: name, state: "waiting" }, value: waiting },
    { labels: { queue: name, state: "active" }, value: active },
  ]);
}

/** GET /metrics; with METRICS_TOKEN for those alone who know it. */
export function metricsRoute(app: App, { platform: { config } }: Services, metrics: Metrics): void {
  app.get("/metrics", { config: { public: true, noEtag: true, rateLimit: false }, schema: { hide: true } }, async (request, reply) => {
    checkToken(request, config.metricsToken);
    return await sendMetrics(reply, metrics);
  });
}

async function sendMetrics(reply: FastifyReply, metrics: Metrics): Promise<FastifyReply> {
  return reply
    .header("content-type", metrics.contentType)
    .header("cache-control", "no-store")
    .send(await metrics.text());
}

function checkToken(request: FastifyRequest, wanted: string | null): void {
  if (mayReadMetrics(bearerOf(request), wanted)) return;
  throw new Problem("unauthorized", "send Authorization: Bearer with the METRICS_TOKEN of this server");
}

/** In a time that says nothing of how much of a wrong token was right. */
export function mayReadMetrics(given: string | undefined, wanted: string | null): boolean {
  if (wanted === null) return true;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(wanted));
}
