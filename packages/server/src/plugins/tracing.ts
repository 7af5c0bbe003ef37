import { type Span, silentTracer, type Tracer } from "@omicselector2/platform";
import type { FastifyRequest } from "fastify";
import type { App, Services } from "../http.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** where the time of this request goes; null where nothing is traced */
    span: Span | null;
  }
}

/** A span for each request, in the trace of its sender if it names one; routes by their templates, no path and no address. */
export function addTracing(app: App, { platform: { tracer } }: Services): void {
  app.decorateRequest("span", null);
  if (tracer === silentTracer) return;
  app.addHook("onRequest", async (request) => {
    const route = request.routeOptions.url ?? "none";
    const { traceparent } = request.headers;
    request.span = tracer.start(`${request.method} ${route}`, {
      kind: "server",
      attributes: { "http.request.method": request.method, "http.route": route, "request.id": request.id },
      ...(typeof traceparent === "string" && { parent: { traceparent } }),
    });
  });
  app.addHook("onResponse", async (request, reply) => {
    request.span?.set({ "http.response.status_code": reply.statusCode });
    request.span?.end(reply.statusCode >= 500 ? new Error("5xx") : undefined);
  });
}

/** Where a span of a piece of this request's work belongs. */
export const within = (request: FastifyRequest): Parameters<Tracer["start"]>[1] =>
  request.span === null ? {} : { parent: { span: request.span } };
