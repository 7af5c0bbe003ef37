import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { traced } from "../ports/tracer.ts";
import { openTracer } from "./tracing.ts";

interface Exported {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
  status: { code?: number; message?: string };
  attributes: { key: string; value: Record<string, unknown> }[];
  links?: { traceId: string }[];
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

/** A collector that keeps what it is sent. @param answers  false: takes requests and never answers */
async function collector(answers = true): Promise<{ endpoint: string; spans: Exported[]; services: string[] }> {
  const spans: Exported[] = [];
  const services: string[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    expect([request.method, request.url, request.headers["content-type"]]).toEqual(["POST", "/v1/traces", "application/json"]);
    for (const { resource, scopeSpans } of JSON.parse(text).resourceSpans) {
      services.push(resource.attributes.find(({ key }: { key: string }) => key === "service.name").value.stringValue);
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    if (answers) response.setHeader("content-type", "application/json").end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return { endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`, spans, services };
}

const jobId = "6f1c9a52-8d3e-4b7a-9c10-2f4e6d8b0a13";
const traceOfJob = "6f1c9a528d3e4b7a9c102f4e6d8b0a13";

test("spans reach the collector: the caller's trace, what lies below, what failed and why, by name alone", async () => {
  const { endpoint, spans, services } = await collector();
  const tracer = await openTracer({ endpoint: `${endpoint}/`, service: "api", version: "1" });
  const parent = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
  const request = tracer.start("GET /api/v1/jobs/:id", {
    kind: "server",
    parent,
    attributes: { "http.route": "/api/v1/jobs/:id", left: undefined },
  });
  const submit = tracer.start("submit", { parent: { span: request } });
  submit.concerns(jobId);
  submit.end();
  request.set({ "http.response.status_code": 500 });
  request.end(new TypeError("hunter2 was wrong"));
  await tracer.close();
  const found = Object.fromEntries(spans.map((span) => [span.name, span]));
  expect(services).toEqual(["omicselector2-api"]);
  expect(found["GET /api/v1/jobs/:id"]).toMatchObject({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    parentSpanId: "b7ad6b7169203331",
    kind: 2,
    status: { code: 2, message: "TypeError" },
  });
  expect(found.submit).toMatchObject({ parentSpanId: found["GET /api/v1/jobs/:id"]!.spanId, links: [{ traceId: traceOfJob }] });
  expect(found.submit!.attributes).toContainEqual({ key: "job.id", value: { stringValue: jobId } });
  expect(JSON.stringify(spans)).not.toContain("hunter2");
});

test("spans of a job are of one trace, whichever process they come from", async () => {
  const { endpoint, spans } = await collector();
  for (const worker of ["a", "b"]) {
    const tracer = await openTracer({ endpoint, service: "worker", version: "1" });
    await traced(tracer, `range ${worker}`, { kind: "consumer", parent: { jobId } }, async () => undefined);
    await expect(
      traced(tracer, `unit ${worker}`, { parent: { jobId } }, async () => {
        throw new Error("broke");
      }),
    ).rejects.toThrow("broke");
    await tracer.close();
  }
  expect(spans.map(({ name, traceId, status }) => [name, traceId, status.code ?? 0])).toEqual([
    ["range a", traceOfJob, 0],
    ["unit a", traceOfJob, 2],
    ["range b", traceOfJob, 0],
    ["unit b", traceOfJob, 2],
  ]);
});

test("a malformed traceparent starts a trace anew", async () => {
  const { endpoint, spans } = await collector();
  const tracer = await openTracer({ endpoint, service: "api", version: "1" });
  for (const traceparent of ["", "nonsense", `00-${"0".repeat(32)}-b7ad6b7169203331-01`])
    tracer.start("x", { parent: { traceparent } }).end();
  await tracer.close();
  expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined, undefined]);
});

test.each(["away", "silent"])("a collector that is %s disturbs nothing, and closing does not wait for it", async (kind) => {
  const endpoint = kind === "away" ? "http://127.0.0.1:1" : (await collector(false)).endpoint;
  const tracer = await openTracer({ endpoint, service: "api", version: "1", every: 50 });
  for (let i = 0; i < 5000; i++) tracer.start("x").end();
  await new Promise((next) => setTimeout(next, 300));
  const start = performance.now();
  await tracer.close();
  expect(performance.now() - start).toBeLessThan(2500);
});

test("without an endpoint nothing is traced", async () => {
  const tracer = await openTracer({ endpoint: null, service: "api", version: "1" });
  tracer.start("x").end();
  await tracer.close();
});
