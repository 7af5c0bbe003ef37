import { findUser, type User, type UserRole } from "@omicselector2/platform";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { AccessToken } from "../auth/tokens.ts";
import type { Services } from "../http.ts";
import { Problem } from "../problems.ts";

/**
 * Lets nobody through without a valid token, but on routes whose config says `public`.
 * @param guarded  which requests are looked at
 */
export function addAuthentication(app: FastifyInstance, services: Services, guarded: (request: FastifyRequest) => boolean): void {
  app.addHook("onRequest", async (request) => {
    if (!guarded(request) || request.routeOptions.config.public === true) return;
    const found = await whoHolds(bearerOf(request), services);
    if (found === undefined) throw new Problem("unauthorized");
    request.user = found.user;
    const { roles } = request.routeOptions.config;
    if (roles !== undefined) requireRole(found.user, roles, "use this path");
  });
}

/** @param what  as in "only researchers and admins may share datasets" @throws Problem  role_required */
export function requireRole({ role }: User, roles: readonly UserRole[], what: string): void {
  if (roles.includes(role)) return;
  const who = roles.map((each) => (each === "user" ? "users" : `${each}s`)).join(" and ");
  throw new Problem("role_required", `only ${who} may ${what}, and your role is ${role}; an admin can change that`);
}

export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer +([\w.~+/-]+=*) *$/i.exec(request.headers.authorization ?? "")?.[1];
}

/** The user of a token, asked anew each time: who was deactivated or erased is out at once, and so is who has a new password. */
export async function whoHolds(
  token: string | undefined,
  { tokens, platform }: Services,
): Promise<{ user: User; token: AccessToken } | undefined> {
  if (token === undefined) return undefined;
  const access = await tokens.verifyAccess(token);
  if (access === undefined) return undefined;
  const user = await findUser(platform.db, access.userId);
  return user?.isActive === true && tokens.fits(access, user) ? { user, token: access } : undefined;
}
