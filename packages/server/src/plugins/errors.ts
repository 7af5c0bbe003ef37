import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Problem, problemBody } from "../problems.ts";
import { toProblem } from "../to-problem.ts";
import { permissions } from "./security.ts";

const mediaType = "application/problem+json; charset=utf-8";

/** Methods of each path that there is. */
function knownPaths(app: FastifyInstance): (path: string) => string[] {
  const routes: { methods: string[]; path: RegExp; exact: boolean }[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    const path = url.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+");
    if (!url.includes("*")) routes.push({ methods: [method].flat(), path: new RegExp(`^${path}/?$`), exact: !url.includes(":") });
  });
  return (path) => {
    const fitting = routes.filter((route) => route.path.test(path));
    // /jobs/estimate is no job whose id is "estimate"
    const meant = fitting.some(({ exact }) => exact) ? fitting.filter(({ exact }) => exact) : fitting;
    return [...new Set(meant.flatMap(({ methods }) => methods))].sort();
  };
}

/** Every error, whoever raises it, is answered as RFC 9457 asks; never with a stack trace. */
export function addErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  const methodsOf = knownPaths(app);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0]!;
    const allowed = methodsOf(path);
    if (allowed.length === 0) {
      return sendProblem(new Problem("not_found", `there is no ${request.method} ${path}; /openapi.json lists every path`), request, reply);
    }
    reply.header("allow", allowed.join(", "));
    return sendProblem(new Problem("method_not_allowed", `${path} takes ${allowed.join(", ")}, not ${request.method}`), request, reply);
  });
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  if (problem.statusCode >= 500) request.log.error({ err: error }, problem.code);
  else request.log.info({ code: problem.code, detail: problem.message }, "refused");
  if (problem.statusCode === 401) reply.header("www-authenticate", challenge(problem, request));
  if (problem.details.retryAfter !== undefined) reply.header("retry-after", String(Math.ceil(problem.details.retryAfter)));
  return reply
    .code(problem.statusCode)
    .header("content-type", mediaType)
    .header("cache-control", "no-store")
    .send(JSON.stringify(problemBody(problem, request.id)));
}

function challenge(problem: Problem, request: FastifyRequest): string {
  const wrong = problem.code === "unauthorized" && request.headers.authorization !== undefined;
  return wrong ? 'Bearer realm="omicselector2", error="invalid_token"' : 'Bearer realm="omicselector2"';
}

/** For answers that no hook sees: a page could draw nothing of them, nor keep them. */
export const bareHeaders = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "referrer-policy": "no-referrer",
  "permissions-policy": permissions,
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/** What is no HTTP at all never becomes a request; it gets its answer on the bare socket. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new Problem("malformed_request");
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400;
  const body = JSON.stringify({ ...problemBody(problem, "none"), status });
  const headers = { "content-type": mediaType, "content-length": Buffer.byteLength(body), ...bareHeaders, connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}
