import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance } from "fastify";
import type { Services } from "../http.ts";
import { Problem } from "../problems.ts";

/** 100 requests a second for each user, or address where nobody is logged in; `RATE_LIMIT=off` lifts all limits. */
export async function addLimits(app: FastifyInstance, { platform: { config } }: Services): Promise<void> {
  if (!config.rateLimit) return;
  await app.register(rateLimit, {
    max: 100,
    timeWindow: 1000,
    cache: 10_000,
    keyGenerator: (request) => (request.user === null ? `address ${request.ip}` : `user ${request.user.id}`),
    errorResponseBuilder: (_request, { ttl, max }) => tooMany(max, ttl),
  });
}

/** Route config: guessing passwords is slow work. */
export const loginLimit = {
  rateLimit: { max: 30, timeWindow: 60_000, keyGenerator: (request: { ip: string }) => `login ${request.ip}` },
} as const;

function tooMany(max: number, ttl: number): Problem {
  const seconds = Math.max(1, Math.ceil(ttl / 1000));
  return new Problem("rate_limited", `more than ${max} requests came in too short a time; wait ${seconds} s`, { retryAfter: seconds });
}
