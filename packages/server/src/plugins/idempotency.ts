import { createHash } from "node:crypto";
import { type Db, type HeldKey, holdKey, releaseKey, reserveKey, storeAnswer } from "@omicselector2/platform";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { prefix, type Services } from "../http.ts";
import { invalid, Problem } from "../problems.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** the key that this request holds until it is answered */
    heldKey: (HeldKey & { readonly timer: NodeJS.Timeout; answered: boolean }) | null;
  }
}

const holdEveryMs = 15_000;

/**
 * Keeps the answer in the transaction of the work: a process that dies in between has done both or neither. Routes that leave it
 * out have it kept after the work, which a crash may prevent.
 * @param location  below the prefix, as `created` takes it
 */
export async function answerWithin(tx: Db, request: FastifyRequest, status: number, body: unknown, location: string): Promise<void> {
  const held = request.heldKey;
  if (held === null) return;
  await storeAnswer(tx, held, status, JSON.stringify(body), `${prefix}${location}`);
  held.answered = true;
}

/**
 * `Idempotency-Key` on POST: the key is taken before the work; who repeats the request gets the first one's answer.
 * Kept 24 hours. A refusal is not kept: it changed nothing, and the same request may fare better later.
 * A client that goes away before its answer loses nothing: the work ends, the answer waits for the repeat.
 */
export function addIdempotency(app: FastifyInstance, { platform: { db } }: Services): void {
  // While the database is away nobody else can take the key either; what was lost meanwhile shows when the answer is kept.
  const keepHolding = (held: HeldKey) => setInterval(() => void holdKey(db, held).catch(() => undefined), holdEveryMs).unref();

  app.addHook("preHandler", async (request, reply) => {
    const key = request.headers["idempotency-key"];
    if (request.method !== "POST" || request.user === null || key === undefined) return undefined;
    if (typeof key !== "string" || !/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw invalid([{ path: "Idempotency-Key", message: "must be 1 to 255 visible ASCII characters" }]);
    }
    const wanted = { userId: request.user.id, route: `POST ${request.routeOptions.url}`, key };
    const found = await reserveKey(db, wanted, fingerprint(request));
    switch (found.outcome) {
      case "reserved":
        request.heldKey = { ...found.held, answered: false, timer: keepHolding(found.held) };
        return undefined;
      case "under_way":
        throw new Problem("request_under_way", undefined, { retryAfter: 1 });
      case "other_body":
        throw new Problem("key_reused");
      case "answered":
        return replay(reply, found);
    }
  });

  app.addHook("onSend", async (request, reply, payload) => {
    const held = request.heldKey;
    if (held === null) return payload;
    request.heldKey = null;
    clearInterval(held.timer);
    // Rolled back with its work, an answer is not kept either.
    if (held.answered && reply.statusCode < 300) return payload;
    const lasting = reply.statusCode < 300 && typeof payload === "string";
    const told = (error: unknown) => request.log.error({ err: error }, "the answer of an idempotent request was not kept");
    // What failed because the database is away would wait for it once more.
    if (reply.statusCode === 503) {
      releaseKey(db, held).catch(told);
      return payload;
    }
    // The work is done; an answer that could not be kept must not undo what the client is told.
    const kept = lasting ? storeAnswer(db, held, reply.statusCode, payload, locationOf(reply)) : releaseKey(db, held);
    await kept.catch(told);
    return payload;
  });
}

function locationOf(reply: FastifyReply): string | null {
  const location = reply.getHeader("location");
  return typeof location === "string" ? location : null;
}

type Answered = Extract<Awaited<ReturnType<typeof reserveKey>>, { outcome: "answered" }>;

function replay(reply: FastifyReply, { status, body, location }: Answered): FastifyReply {
  if (location !== null) reply.header("location", location);
  return reply.code(status).header("content-type", "application/json; charset=utf-8").header("idempotency-replayed", "true").send(body);
}

/** What makes two requests the same. The body of an upload is not read before the key is taken: its length stands for it. */
function fingerprint(request: FastifyRequest): string {
  const body = request.body === undefined ? `length ${request.headers["content-length"] ?? "unknown"}` : JSON.stringify(request.body);
  return createHash("sha256").update(`${request.url}\n${body}`).digest("hex");
}
