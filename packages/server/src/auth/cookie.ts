import type { FastifyReply, FastifyRequest } from "fastify";
import { refreshSeconds } from "./tokens.ts";

const name = "omicselector_refresh";
// Only the routes that use it ever see it.
const path = "/api/v1/auth";

export function readRefreshCookie(request: FastifyRequest): string | undefined {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === name && value !== undefined && /^[\w-]{1,200}$/.test(value)) return value;
  }
  return undefined;
}

/** No script can read it, no other site can have it sent. */
export function setRefreshCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  reply.header("set-cookie", `${name}=${token}; Max-Age=${refreshSeconds}; ${attributes(request)}`);
}

export function clearRefreshCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.header("set-cookie", `${name}=; Max-Age=0; ${attributes(request)}`);
}

function attributes(request: FastifyRequest): string {
  return `Path=${path}; HttpOnly; SameSite=Strict${request.protocol === "https" ? "; Secure" : ""}`;
}
