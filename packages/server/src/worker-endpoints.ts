import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { VERSION } from "@omicselector2/engine";
import type { Metrics, Platform } from "@omicselector2/platform";
import { addGauges, mayReadMetrics } from "./plugins/metrics.ts";
import { readinessOf, takesRequests } from "./readiness.ts";

export interface WorkerEndpointsOptions {
  readonly platform: Pick<Platform, "config" | "db" | "probes" | "queue" | "connections">;
  readonly metrics: Metrics;
  /** aborted when the worker is about to end */
  readonly drain?: AbortSignal;
}

export interface WorkerEndpoints {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  type: string;
  body: string;
}

/** GET /health, /ready and /metrics of a process that serves nothing else; as those of the API, for whoever watches workers. */
export async function startWorkerEndpoints(options: WorkerEndpointsOptions): Promise<WorkerEndpoints> {
  const { platform, metrics } = options;
  addGauges(metrics, platform);
  const server = createServer((request, response) => {
    answer(options, request).then(
      (found) => send(response, found),
      () => send(response, problem(500, "Something went wrong here")),
    );
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(platform.config.metricsPort, platform.config.host, resolve);
  await listening;
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, close };
}

async function answer({ platform, metrics, drain }: WorkerEndpointsOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") return problem(405, "Only GET");
  switch (request.url?.split("?")[0]) {
    case "/health":
      return json(200, { status: "ok", version: VERSION });
    case "/ready": {
      const readiness = await readinessOf(platform, drain?.aborted === true);
      return json(takesRequests(readiness) ? 200 : 503, readiness);
    }
    case "/metrics": {
      const given = /^Bearer +([\w.~+/-]+=*) *$/i.exec(request.headers.authorization ?? "")?.[1];
      if (!mayReadMetrics(given, platform.config.metricsToken)) return problem(401, "Send the METRICS_TOKEN as a bearer token");
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    }
    default:
      return problem(404, "There are /health, /ready and /metrics");
  }
}

const json = (status: number, body: object): Answer => ({ status, type: "application/json; charset=utf-8", body: JSON.stringify(body) });
const problem = (status: number, title: string): Answer => ({
  status,
  type: "application/problem+json; charset=utf-8",
  body: JSON.stringify({ title, status }),
});

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  response.end(body);
}
