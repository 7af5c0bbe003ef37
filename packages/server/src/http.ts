import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { User, UserRole } from "@omicselector2/platform";
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Audit } from "./audit.ts";
import type { Tokens } from "./auth/tokens.ts";
import type { ServerDeps } from "./deps.ts";

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What routes are given. */
export interface Services extends ServerDeps {
  readonly tokens: Tokens;
  readonly audit: Audit;
}

export const prefix = "/api/v1";

declare module "fastify" {
  interface FastifyRequest {
    /** who asks; null on public routes without a token */
    user: User | null;
  }
  interface FastifyContextConfig {
    /** needs no token */
    public?: boolean;
    /** who may use the route at all; everybody who is logged in when left out */
    roles?: readonly UserRole[];
    /** its own ETag, or none */
    noEtag?: boolean;
  }
}

/** On a route that is not public; the hook has let nobody else in. */
export function userOf(request: FastifyRequest): User {
  if (request.user === null) throw new Error(`${request.method} ${request.url} reached its handler without a user`);
  return request.user;
}

/** Where a thing that was made is found. */
export function created(reply: FastifyReply, path: string): void {
  reply.header("location", `${prefix}${path}`);
}
