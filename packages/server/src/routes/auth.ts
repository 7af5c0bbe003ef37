import { rest } from "@omicselector2/contracts";
import {
  createUser,
  findUser,
  findUserByLogin,
  revokeAllOfUser,
  revokeByToken,
  rotateToken,
  startFamily,
  type User,
  UserExists,
  updateUser,
} from "@omicselector2/platform";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { clearRefreshCookie, readRefreshCookie, setRefreshCookie } from "../auth/cookie.ts";
import { checkPassword, hashPassword } from "../auth/passwords.ts";
import { accessSeconds, newRefreshToken, type RefreshToken, refreshHash } from "../auth/tokens.ts";
import { type App, created, type Services, userOf } from "../http.ts";
import { loginLimit } from "../plugins/limits.ts";
import { invalid, Problem } from "../problems.ts";
import { loggedIn, responses } from "./documented.ts";

const tags = ["auth"];

export function authRoutes(app: App, services: Services): void {
  const { db } = services.platform;

  app.route({
    method: "POST",
    url: "/auth/register",
    config: { public: true },
    schema: {
      operationId: "register",
      summary: "Make an account",
      tags,
      body: rest.registerRequest,
      response: responses({ 201: rest.registeredUser }, "email_taken", "username_taken"),
    },
    handler: async (request, reply) => {
      const { email, username, password, full_name } = request.body;
      const hashedPassword = await hashPassword(password);
      const user = await refusingTaken(() =>
        db.transaction(async (tx) => {
          const made = await createUser(tx, { email, username, hashedPassword, fullName: full_name ?? null });
          await services.audit.write(tx, request, "auth.register", null, made);
          return made;
        }),
      );
      created(reply, "/auth/me");
      return reply.code(201).send({ id: user.id, email: user.email, username: user.username, created_at: user.createdAt.toISOString() });
    },
  });

  app.route({
    method: "POST",
    url: "/auth/login",
    config: { public: true, ...loginLimit },
    schema: {
      operationId: "login",
      summary: "Log in",
      tags,
      body: rest.loginRequest,
      response: responses({ 200: rest.tokens }, "invalid_credentials"),
    },
    handler: async (request, reply) => {
      const { username, password, refresh_in } = request.body;
      const user = await findUserByLogin(db, username);
      const right = await checkPassword(password, user?.hashedPassword);
      if (user === undefined || !right || !user.isActive) {
        await services.audit.write(db, request, "auth.login_failed", null, user);
        throw new Problem("invalid_credentials");
      }
      const refresh = newRefreshToken();
      await db.transaction(async (tx) => {
        await startFamily(tx, { userId: user.id, hash: refresh.hash, expiresAt: refresh.expiresAt });
        await services.audit.write(tx, request, "auth.login", null, user);
      });
      return await answer(request, reply, user, refresh, refresh_in === "cookie");
    },
  });

  app.route({
    method: "POST",
    url: "/auth/refresh",
    config: { public: true },
    schema: {
      operationId: "refresh",
      summary: "New tokens for a refresh token, which works once",
      tags,
      body: rest.refreshRequest,
      description:
        "The answer carries the next one. A token that comes again revokes its whole login, unless it comes within ten seconds and the next one is still unused, as when two tabs of a page share a cookie: then 409, and nothing is revoked. Access tokens that were given out live on for their hour at most; a new password, deactivation and erasure end them at once.",
      response: responses({ 200: rest.tokens }, "invalid_refresh_token", "refresh_raced"),
    },
    handler: async (request, reply) => {
      const cookie = readRefreshCookie(request);
      const token = request.body?.refresh_token ?? cookie;
      if (token === undefined) throw invalid([{ path: "refresh_token", message: "is missing, in the body and as a cookie" }]);
      const next = newRefreshToken();
      const rotation = await rotateToken(db, refreshHash(token), { hash: next.hash, expiresAt: next.expiresAt });
      // The cookie holds what the other tab was given: it is not to be cleared.
      if (rotation.outcome === "raced") throw new Problem("refresh_raced");
      const user = rotation.outcome === "rotated" ? await findUser(db, rotation.userId) : undefined;
      if (rotation.outcome === "reused") {
        await services.audit.write(db, request, "auth.refresh_reused", null, await findUser(db, rotation.userId));
      }
      if (user?.isActive !== true) {
        if (cookie !== undefined) clearRefreshCookie(request, reply);
        throw new Problem("invalid_refresh_token");
      }
      return await answer(request, reply, user, next, request.body?.refresh_token === undefined);
    },
  });

  app.route({
    method: "POST",
    url: "/auth/logout",
    config: { public: true },
    schema: {
      operationId: "logout",
      summary: "End the login that a refresh token belongs to",
      tags,
      body: rest.refreshRequest,
      response: responses({ 204: z.undefined().describe("logged out, now or before") }),
    },
    handler: async (request, reply) => {
      const token = request.body?.refresh_token ?? readRefreshCookie(request);
      const userId = token === undefined ? undefined : await revokeByToken(db, refreshHash(token));
      if (userId !== undefined) await services.audit.write(db, request, "auth.logout", null, await findUser(db, userId));
      clearRefreshCookie(request, reply);
      return reply.code(204).send();
    },
  });

  app.route({
    method: "GET",
    url: "/auth/me",
    schema: {
      operationId: "me",
      summary: "Who is logged in",
      tags,
      security: loggedIn,
      response: responses({ 200: rest.me }, "unauthorized"),
    },
    handler: async (request) => meBody(userOf(request)),
  });

  app.route({
    method: "PATCH",
    url: "/auth/me",
    config: loginLimit,
    schema: {
      operationId: "updateMe",
      summary: "Change e-mail address, name or password; a new password ends all logins and their tokens",
      tags,
      security: loggedIn,
      body: rest.updateMeRequest,
      response: responses({ 200: rest.me }, "unauthorized", "email_taken"),
    },
    handler: async (request) => {
      const { email, full_name, password, current_password } = request.body;
      const user = userOf(request);
      if (current_password !== undefined && !(await checkPassword(current_password, user.hashedPassword))) {
        throw invalid([{ path: "current_password", message: "is not your password" }]);
      }
      const hashedPassword = password === undefined ? undefined : await hashPassword(password);
      const changes = {
        ...(email === undefined ? {} : { email }),
        ...(full_name === undefined ? {} : { fullName: full_name }),
        ...(hashedPassword === undefined ? {} : { hashedPassword }),
      };
      const changed = await refusingTaken(() =>
        db.transaction(async (tx) => {
          const row = await updateUser(tx, user.id, changes);
          if (hashedPassword !== undefined) await revokeAllOfUser(tx, user.id);
          await services.audit.write(tx, request, hashedPassword === undefined ? "auth.update" : "auth.password", null);
          return row;
        }),
      );
      if (changed === undefined) throw new Problem("unauthorized");
      return meBody(changed);
    },
  });

  async function answer(request: FastifyRequest, reply: FastifyReply, user: User, refresh: RefreshToken, inCookie: boolean) {
    if (inCookie) setRefreshCookie(request, reply, refresh.token);
    return {
      access_token: await services.tokens.signAccess(user),
      token_type: "bearer" as const,
      expires_in: accessSeconds,
      ...(inCookie ? {} : { refresh_token: refresh.token }),
    };
  }
}

export function meBody({ id, email, username, role, fullName, createdAt }: User) {
  return { id, email, username, role, full_name: fullName, created_at: createdAt.toISOString() };
}

async function refusingTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof UserExists)) throw error;
    throw new Problem(error.field === "email" ? "email_taken" : "username_taken", undefined, {
      errors: [{ path: error.field, message: "is taken" }],
    });
  }
}
