import { closeCodes } from "@omicselector2/contracts";
import { findJobFor } from "@omicselector2/platform";
import type { FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import { z } from "zod";
import type { App, Services } from "../http.ts";
import { bearerOf, whoHolds } from "../plugins/authentication.ts";
import { Problem } from "../problems.ts";
import type { JobFeeds, Watcher } from "./job-feed.ts";
import type { Presence } from "./presence.ts";

const mostUnsent = 4 * 1024 ** 2;
const pingEvery = 30_000;

/**
 * WS /jobs/{id}/ws. The token comes as `?token=`, as Authorization, or for browsers as the second of two
 * subprotocols: `new WebSocket(url, ["bearer", token])`.
 */
export function jobSocket(app: App, services: Services, feeds: JobFeeds, presence: Presence): void {
  app.route({
    method: "GET",
    url: "/jobs/:id/ws",
    // Whoever it is gets a socket, so that the refusal can be told as its close code.
    config: { public: true },
    schema: { hide: true },
    handler: async () => {
      throw new Problem("upgrade_required");
    },
    wsHandler: async (socket, request) => {
      // Nobody is listened to; what is sent is dropped.
      socket.on("error", () => socket.terminate());
      const found = await admit(request, services);
      if ("code" in found) {
        socket.close(found.code, found.reason);
        return;
      }
      const { job, after, expiresAt, userId } = found;
      const watcher = watcherOf(socket);
      const alive = keepAlive(socket, expiresAt);
      const absent = presence.watch(userId, () => socket.close(closeCodes.unauthorized, "the account was closed"));
      const stop = () => {
        alive();
        absent();
      };
      socket.on("close", () => {
        stop();
        feeds.leave(job.id, watcher);
      });
      if (socket.readyState !== socket.OPEN) {
        stop();
        return;
      }
      await feeds.watch(job, watcher, after);
      // It may have gone while the snapshot was read.
      if (socket.readyState !== socket.OPEN) feeds.leave(job.id, watcher);
    },
  });
}

const params = z.object({ id: z.guid().toLowerCase() });
const query = z.object({ token: z.string().optional(), after: z.coerce.number().int().min(0).optional() });

async function admit(request: FastifyRequest, services: Services) {
  const asked = query.safeParse(request.query);
  const token = bearerOf(request) ?? subprotocolToken(request) ?? asked.data?.token ?? tokenOf(request.query);
  const holder = await whoHolds(token, services);
  if (holder === undefined) return { code: closeCodes.unauthorized, reason: "no valid token" };
  const path = params.safeParse(request.params);
  const job = path.success ? await findJobFor(services.platform.db, path.data.id, holder.user.id) : undefined;
  if (job === undefined) return { code: closeCodes.notFound, reason: "there is no such job" };
  return { job, after: asked.data?.after, expiresAt: holder.token.expiresAt, userId: holder.user.id };
}

/** Also when something else in the query is malformed. */
function tokenOf(query: unknown): string | undefined {
  const token = (query as { token?: unknown }).token;
  return typeof token === "string" ? token : undefined;
}

function subprotocolToken(request: FastifyRequest): string | undefined {
  const [name, token] = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((part) => part.trim());
  return name === "bearer" ? token : undefined;
}

function watcherOf(socket: WebSocket): Watcher {
  return {
    seq: 0,
    send(message) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > mostUnsent) socket.close(closeCodes.tryLater, "you read too slowly; come back with ?after=");
      else socket.send(JSON.stringify(message));
    },
    end: (code, reason) => socket.close(code, reason),
  };
}

/** Ends the socket when nobody is at its other end, or when the token that opened it does. */
function keepAlive(socket: WebSocket, expiresAt: Date): () => void {
  let alive = true;
  socket.on("pong", () => {
    alive = true;
  });
  const pings = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, pingEvery);
  const expiry = setTimeout(() => socket.close(closeCodes.unauthorized, "the token has expired"), expiresAt.getTime() - Date.now());
  return () => {
    clearInterval(pings);
    clearTimeout(expiry);
  };
}
