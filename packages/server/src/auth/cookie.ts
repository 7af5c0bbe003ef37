import type { FastifyReply, FastifyRequest } from "fastify";
import { boardSeconds, refreshSeconds } from "./tokens.ts";

// Only the routes that use a cookie ever see it.
const refresh = { name: "omicselector_refresh", path: "/api/v1/auth", seconds: refreshSeconds };
const board = { name: "omicselector_board", path: "/admin", seconds: boardSeconds };

export const readRefreshCookie = (request: FastifyRequest): string | undefined => read(request, refresh.name);
export const readBoardCookie = (request: FastifyRequest): string | undefined => read(request, board.name);

export function setRefreshCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  reply.header("set-cookie", cookie(request, refresh, token, refresh.seconds));
}

export function clearRefreshCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.header("set-cookie", cookie(request, refresh, "", 0));
}

export function setBoardCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  reply.header("set-cookie", cookie(request, board, token, board.seconds));
}

function read(request: FastifyRequest, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === name && value !== undefined && /^[\w.-]{1,600}$/.test(value)) return value;
  }
  return undefined;
}

/** No script can read it, no other site can have it sent. */
function cookie(request: FastifyRequest, { name, path }: { name: string; path: string }, value: string, seconds: number): string {
  const secure = request.protocol === "https" ? "; Secure" : "";
  return `${name}=${value}; Max-Age=${seconds}; Path=${path}; HttpOnly; SameSite=Strict${secure}`;
}
