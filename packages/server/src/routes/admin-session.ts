import { z } from "zod";
import { setBoardCookie } from "../auth/cookie.ts";
import { type App, type Services, userOf } from "../http.ts";
import { notFound } from "../problems.ts";
import { loggedIn, responses } from "./documented.ts";

/** A browser that opens a page sends no bearer token; an admin changes it for a cookie here. In a cluster alone: there is a board to see. */
export function adminSessionRoute(app: App, { platform, tokens, audit }: Services): void {
  if (platform.config.cluster === null) return;
  app.route({
    method: "POST",
    url: "/admin/session",
    schema: {
      operationId: "adminSession",
      summary: "A cookie of half an hour with which an admin's browser may open /admin/queues",
      tags: ["system"],
      security: loggedIn,
      response: responses({ 204: z.undefined().describe("the cookie is set") }, "unauthorized", "not_found"),
    },
    handler: async (request, reply) => {
      const user = userOf(request);
      if (user.role !== "admin") throw notFound("page");
      await audit.write(platform.db, request, "admin.session", null);
      setBoardCookie(request, reply, await tokens.signBoard(user));
      return reply.code(204).send();
    },
  });
}
