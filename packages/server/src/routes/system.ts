import { rest } from "@omicselector2/contracts";
import { VERSION } from "@omicselector2/engine";
import type { App, Services } from "../http.ts";
import { readinessOf, takesRequests } from "../readiness.ts";
import { responses } from "./documented.ts";

const tags = ["system"];
/** Whoever watches the server asks also when Redis, which counts requests, does not answer. */
const config = { public: true, rateLimit: false } as const;

/** Outside the prefix: for load balancers and people. */
export function systemRoutes(app: App, services: Services): void {
  app.route({
    method: "GET",
    url: "/health",
    config,
    schema: { operationId: "health", summary: "Requests are served", tags, response: responses({ 200: rest.health }) },
    handler: async () => ({ status: "ok" as const, version: VERSION }),
  });

  app.route({
    method: "GET",
    url: "/ready",
    config,
    schema: {
      operationId: "ready",
      summary: "What the server stands on, each by itself",
      tags,
      response: responses({ 200: rest.readiness, 503: rest.readiness }),
    },
    handler: async (_request, reply) => {
      const readiness = await readinessOf(services.platform, services.drain?.aborted === true);
      return reply
        .code(takesRequests(readiness) ? 200 : 503)
        .header("cache-control", "no-store")
        .send(readiness);
    },
  });
}
