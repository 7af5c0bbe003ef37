import { findUser, openShownQueues, type ShownQueues, type User } from "@omicselector2/platform";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readBoardCookie } from "../auth/cookie.ts";
import type { Services } from "../http.ts";
import { notFound, Problem } from "../problems.ts";
import { bearerOf, whoHolds } from "./authentication.ts";
import { sendProblem } from "./errors.ts";

export const boardPath = "/admin/queues";

/**
 * Bull Board: what waits and what is worked on, for admins to look at and not to change; in a cluster alone.
 * It shows ids of jobs and numbers of ranges, nothing of what is in them.
 */
export async function addQueueBoard(app: FastifyInstance, services: Services): Promise<void> {
  const { cluster } = services.platform.config;
  if (cluster === null) return;
  const shown = await openShownQueues(cluster.redisUrl, (error) => app.log.error({ err: error }));
  app.addHook("onClose", () => shown.close());
  const board = await createBoard(shown.queues);
  await app.register(async (scope) => {
    // The board has an error handler of its own, so what is refused is answered here.
    scope.addHook("onRequest", async (request, reply) => {
      try {
        request.user = await admit(request, services);
        if (!["GET", "HEAD"].includes(request.method)) throw new Problem("method_not_allowed", "the queues can be looked at, not changed");
        if (!shown.ready()) throw new Problem("unavailable", "the queues cannot be reached; jobs are safe, try again", { retryAfter: 5 });
      } catch (error) {
        return sendProblem(error, request, reply);
      }
      return undefined;
    });
    scope.addHook("onSend", withoutForeignFonts);
    await scope.register(board, { prefix: boardPath });
  });
}

async function createBoard(queues: ShownQueues["queues"]) {
  const [{ createBullBoard }, { BullMQAdapter }, { FastifyAdapter }] = await Promise.all([
    import("@bull-board/api"),
    import("@bull-board/api/bullMQAdapter"),
    import("@bull-board/fastify"),
  ]);
  const serverAdapter = new FastifyAdapter().setBasePath(boardPath);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter,
    options: { uiConfig: { boardTitle: "OmicSelector2 queues" } },
  });
  return serverAdapter.registerPlugin();
}

/** By the cookie, or by a bearer token where a program asks. @throws Problem  401 nobody, 404 no admin */
async function admit(request: FastifyRequest, services: Services): Promise<User> {
  const user = (await byCookie(request, services)) ?? (await whoHolds(bearerOf(request), services))?.user;
  if (user === undefined) {
    throw new Problem("unauthorized", "log in as an admin, then POST /api/v1/admin/session for the cookie that opens this page");
  }
  if (user.role !== "admin") throw notFound("page");
  return user;
}

async function byCookie(request: FastifyRequest, { tokens, platform }: Services): Promise<User | undefined> {
  const session = await tokens.verifyBoard(readBoardCookie(request) ?? "");
  if (session === undefined) return undefined;
  const user = await findUser(platform.db, session.userId);
  return user?.isActive === true && tokens.fits(session, user) ? user : undefined;
}

/** Its page asks for fonts from elsewhere, which would tell others who looks at it; our policy refuses them anyway. */
async function withoutForeignFonts(_request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (!String(reply.getHeader("content-type") ?? "").startsWith("text/html") || typeof payload !== "string") return payload;
  reply.header("cache-control", "no-store");
  return payload.replaceAll(/<link[^>]+href="https?:[^>]*>/g, "");
}
