import { randomUUID } from "node:crypto";
import { rest } from "@omicselector2/contracts";
import { VERSION } from "@omicselector2/engine";
import { findUser } from "@omicselector2/platform";
import type { App, Services } from "../http.ts";
import { responses } from "./documented.ts";

const tags = ["system"];

/** Outside the prefix: for load balancers and people. */
export function systemRoutes(app: App, services: Services): void {
  app.route({
    method: "GET",
    url: "/health",
    config: { public: true },
    schema: { operationId: "health", summary: "Requests are served", tags, response: responses({ 200: rest.health }) },
    handler: async () => ({ status: "ok" as const, version: VERSION }),
  });

  app.route({
    method: "GET",
    url: "/ready",
    config: { public: true },
    schema: {
      operationId: "ready",
      summary: "What the server stands on, each by itself",
      tags,
      response: responses({ 200: rest.readiness, 503: rest.readiness }),
    },
    handler: async (_request, reply) => {
      const checks = await checkAll(services);
      const status = checks.database === "failed" ? "unavailable" : Object.values(checks).includes("failed") ? "degraded" : "ready";
      return reply.code(status === "unavailable" ? 503 : 200).send({ status, checks });
    },
  });
}

async function checkAll({ platform: { db, blobs, cache } }: Services): Promise<Record<string, "ok" | "failed">> {
  const probes: Record<string, () => Promise<unknown>> = {
    database: () => findUser(db, "00000000-0000-0000-0000-000000000000"),
    blobs: () => blobs.exists("datasets/none"),
    cache: async () => {
      const key = `ready/${randomUUID()}`;
      await cache.set(key, "1", 5);
      await cache.get(key);
      await cache.delete(key);
    },
  };
  const results = await Promise.all(Object.entries(probes).map(async ([name, probe]) => [name, await answers(probe)] as const));
  return Object.fromEntries(results);
}

/** Within two seconds: who asks has a limit of its own. */
async function answers(probe: () => Promise<unknown>): Promise<"ok" | "failed"> {
  const { promise: late, resolve } = Promise.withResolvers<"failed">();
  const timer = setTimeout(resolve, 2000, "failed");
  try {
    return await Promise.race([probe().then(() => "ok" as const), late]);
  } catch {
    return "failed";
  } finally {
    clearTimeout(timer);
  }
}
