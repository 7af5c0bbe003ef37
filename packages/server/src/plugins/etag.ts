import { hash } from "node:crypto";
import type { FastifyInstance } from "fastify";

/**
 * GET answers carry the hash of their body; who has it already gets 304. What a token was needed for is kept by no cache,
 * the browser's own included: a program that keeps an answer itself may still ask by its hash.
 */
export function addEtag(app: FastifyInstance): void {
  app.addHook("onSend", async (request, reply, payload) => {
    const read = request.method === "GET" || request.method === "HEAD";
    const open = read && request.user === null && reply.statusCode < 400;
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", open ? "no-cache" : "no-store");
    if (!read) return payload;
    if (reply.statusCode !== 200) return payload;
    if (!reply.hasHeader("etag") && request.routeOptions.config.noEtag !== true && typeof payload === "string") {
      reply.header("etag", `"${hash("sha256", payload, "base64url").slice(0, 27)}"`);
    }
    if (!matches(request.headers["if-none-match"], reply.getHeader("etag"))) return payload;
    if (isStream(payload)) payload.destroy();
    reply.code(304).removeHeader("content-length").removeHeader("content-type");
    return null;
  });
}

function matches(asked: string | undefined, etag: unknown): boolean {
  if (asked === undefined || typeof etag !== "string") return false;
  return asked.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === etag);
}

function isStream(payload: unknown): payload is { destroy(): void } {
  return typeof payload === "object" && payload !== null && "destroy" in payload && typeof payload.destroy === "function";
}
