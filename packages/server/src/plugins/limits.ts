import rateLimit, { type FastifyRateLimitStore } from "@fastify/rate-limit";
import type { RateCounter } from "@omicselector2/platform";
import type { FastifyInstance } from "fastify";
import type { Services } from "../http.ts";
import { Problem } from "../problems.ts";

/**
 * 100 requests a second for each user, or address where nobody is logged in, over all processes; `RATE_LIMIT=off` lifts all
 * limits.
 */
export async function addLimits(app: FastifyInstance, { platform: { config, rates } }: Services): Promise<void> {
  if (!config.rateLimit) return;
  await app.register(rateLimit, {
    max: 100,
    timeWindow: 1000,
    store: storeOn(rates),
    keyGenerator: (request) => (request.user === null ? `address ${request.ip}` : `user ${request.user.id}`),
    errorResponseBuilder: (_request, { ttl, max }) => tooMany(max, ttl),
  });
}

/** Route config: guessing passwords is slow work. */
export const loginLimit = {
  rateLimit: { max: 30, timeWindow: 60_000, keyGenerator: (request: { ip: string }) => `login ${request.ip}` },
} as const;

/** The class that the plugin asks for; a route with a limit of its own counts by itself. */
function storeOn(rates: RateCounter) {
  return class Store implements FastifyRateLimitStore {
    readonly #scope: string;
    constructor(_options: unknown, scope = "") {
      this.#scope = scope;
    }
    incr(key: string, callback: (error: Error | null, result?: { current: number; ttl: number }) => void, timeWindow: number): void {
      rates.hit(`${this.#scope}${key}`, timeWindow).then(
        ({ count, resetMs }) => callback(null, { current: count, ttl: resetMs }),
        (error) => callback(error),
      );
    }
    child(route: unknown): Store {
      // Its declared type leaves out where the plugin puts the route.
      const { method, url } = (route as { routeInfo: { method: string | string[]; url: string } }).routeInfo;
      return new Store(undefined, `${method} ${url} `);
    }
  };
}

function tooMany(max: number, ttl: number): Problem {
  const seconds = Math.max(1, Math.ceil(ttl / 1000));
  return new Problem("rate_limited", `more than ${max} requests came in too short a time; wait ${seconds} s`, { retryAfter: seconds });
}
