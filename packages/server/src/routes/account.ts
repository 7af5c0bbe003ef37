import { Readable } from "node:stream";
import { rest } from "@omicselector2/contracts";
import { beginErasure, finishErasure } from "@omicselector2/platform";
import { z } from "zod";
import { clearRefreshCookie } from "../auth/cookie.ts";
import { checkPassword } from "../auth/passwords.ts";
import { exportOf } from "../export.ts";
import { type App, type Services, userOf } from "../http.ts";
import { loginLimit } from "../plugins/limits.ts";
import { invalid } from "../problems.ts";
import { announceEnd } from "./announce.ts";
import { fileResponse, loggedIn, responses } from "./documented.ts";

const tags = ["auth"];

/** What a person may ask for: all that is kept about them, and that nothing of it is kept. */
export function accountRoutes(app: App, services: Services): void {
  const { db, blobs } = services.platform;

  app.route({
    method: "GET",
    url: "/auth/me/export",
    config: { noEtag: true },
    schema: {
      operationId: "exportMe",
      summary: "All that is kept about you, as one JSON document",
      description:
        "Profile, logins, datasets, jobs, results with their signatures, shares, and what the audit log says of you. Files are named by their paths: GET them with the same token.",
      tags,
      security: loggedIn,
      response: responses({ 200: fileResponse("the document", "application/json", rest.meExport) }, "unauthorized"),
    },
    handler: async (request, reply) => {
      const user = userOf(request);
      await services.audit.write(db, request, "auth.export", null);
      reply.header("content-type", "application/json; charset=utf-8");
      reply.header("content-disposition", 'attachment; filename="omicselector2-export.json"');
      return reply.send(Readable.from(exportOf(user, services), { objectMode: false }));
    },
  });

  app.route({
    method: "DELETE",
    url: "/auth/me",
    config: loginLimit,
    schema: {
      operationId: "eraseMe",
      summary: "Erase your account and all that is yours",
      description:
        "Jobs are cancelled, datasets, results, files, shares and logins deleted; others lose what you shared with them. Nothing of it comes back. The audit log keeps its entries under a pseudonym that is nobody's any more.",
      tags,
      security: loggedIn,
      body: rest.eraseMeRequest,
      response: responses({ 204: z.undefined().describe("erased") }, "unauthorized", "last_admin"),
    },
    handler: async (request, reply) => {
      const user = userOf(request);
      if (!(await checkPassword(request.body.current_password, user.hashedPassword))) {
        throw invalid([{ path: "current_password", message: "is not your password" }]);
      }
      const cancelled = await db.transaction(async (tx) => {
        const ended = await beginErasure(tx, user.id);
        await services.audit.write(tx, request, "auth.erase", null);
        return ended;
      });
      for (const job of cancelled) announceEnd(services, job, request.log);
      // From here on nobody can reach anything; what a fault leaves is deleted by whoever looks for unfinished erasures.
      await finishErasure(db, blobs, user.id).catch((error) =>
        request.log.error({ err: error }, "an erasure is not finished yet; it is tried again in ten minutes"),
      );
      clearRefreshCookie(request, reply);
      return reply.code(204).send();
    },
  });
}
