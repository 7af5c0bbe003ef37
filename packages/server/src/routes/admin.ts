import { rest } from "@omicselector2/contracts";
import {
  changeAccount,
  type Db,
  findUserByName,
  listAudit,
  listUsers,
  listWorkers,
  namesOfActors,
  queueNames,
  storageByUser,
  storageTotals,
  type User,
} from "@omicselector2/platform";
import type { App, Services } from "../http.ts";
import { notFound } from "../problems.ts";
import { auditBody } from "./bodies.ts";
import { loggedIn, responses } from "./documented.ts";

const tags = ["admin"];
const config = { roles: ["admin"] } as const;
/** These are nobody's resources, so who may not use them is told so. */
const refusals = ["unauthorized", "role_required"] as const;

export function adminRoutes(app: App, services: Services): void {
  const { db, queue, config: settings } = services.platform;

  app.route({
    method: "GET",
    url: "/admin/users",
    config,
    schema: {
      operationId: "listAccounts",
      summary: "Who has an account, newest first",
      tags,
      security: loggedIn,
      querystring: rest.accountQuery,
      response: responses({ 200: rest.accountPage }, ...refusals),
    },
    handler: async (request) => {
      const { page, size, cursor, role, is_active, search } = request.query;
      services.audit.read(request, "admin.users", "users");
      const found = await listUsers(db, {
        page,
        size,
        ...(cursor === undefined ? {} : { cursor }),
        ...(role === undefined ? {} : { role }),
        ...(is_active === undefined ? {} : { isActive: is_active }),
        ...(search === undefined ? {} : { search }),
      });
      return { ...found, items: found.items.map(accountBody) };
    },
  });

  app.route({
    method: "PATCH",
    url: "/admin/users/:id",
    config,
    schema: {
      operationId: "updateAccount",
      summary: "Give a role, close an account or open it again",
      description: "Holds from the next request on: a closed account is logged out everywhere. The last active admin stays one.",
      tags,
      security: loggedIn,
      params: rest.idParams,
      body: rest.updateAccountRequest,
      response: responses({ 200: rest.account }, ...refusals, "not_found", "last_admin"),
    },
    handler: async (request) => {
      const { role, is_active } = request.body;
      const changes = { ...(role === undefined ? {} : { role }), ...(is_active === undefined ? {} : { isActive: is_active }) };
      const changed = await db.transaction(async (tx) => {
        const user = await changeAccount(tx, request.params.id, changes);
        if (user === undefined) throw notFound("user");
        if (role !== undefined) await services.audit.write(tx, request, `user.role.${role}`, `users/${user.pseudonym}`);
        if (is_active !== undefined) {
          await services.audit.write(tx, request, is_active ? "user.activate" : "user.deactivate", `users/${user.pseudonym}`);
        }
        return user;
      });
      return accountBody(changed);
    },
  });

  app.route({
    method: "GET",
    url: "/admin/audit",
    config,
    schema: {
      operationId: "listAudit",
      summary: "Who did what to which resource, when, from where; newest first",
      description: "`omicselector2 audit verify` proves that nothing was taken out or changed.",
      tags,
      security: loggedIn,
      querystring: rest.auditQuery,
      response: responses({ 200: rest.auditPage }, ...refusals),
    },
    handler: async (request) => {
      const { actor, since, until, cursor, ...query } = request.query;
      services.audit.read(request, "admin.audit", "audit");
      const found = await listAudit(db, {
        page: query.page,
        size: query.size,
        ...(query.action === undefined ? {} : { action: query.action }),
        ...(query.resource === undefined ? {} : { resource: query.resource }),
        ...(cursor === undefined ? {} : { cursor }),
        ...(actor === undefined ? {} : { actor: await pseudonymOf(db, actor) }),
        ...(since === undefined ? {} : { since: new Date(since) }),
        ...(until === undefined ? {} : { until: new Date(until) }),
      });
      const names = await namesOfActors(
        db,
        found.items.flatMap((entry) => entry.actor ?? []),
      );
      return { ...found, items: found.items.map((entry) => auditBody(entry, names)) };
    },
  });

  app.route({
    method: "GET",
    url: "/admin/queues",
    config,
    schema: {
      operationId: "queues",
      summary: "What waits in each queue, and who works",
      tags,
      security: loggedIn,
      response: responses({ 200: rest.queueReport }, ...refusals),
    },
    handler: async () => {
      const [depth, workers] = await Promise.all([queue.depth(), listWorkers(db)]);
      return {
        queues: queueNames.map((name) => ({ name, ...depth[name] })),
        workers: workers.map(({ startedAt, seenAt, ...worker }) => ({
          ...worker,
          started_at: startedAt.toISOString(),
          seen_at: seenAt.toISOString(),
        })),
      };
    },
  });

  app.route({
    method: "GET",
    url: "/admin/storage",
    config,
    schema: {
      operationId: "storage",
      summary: "What each user's datasets take, the largest first",
      tags,
      security: loggedIn,
      querystring: rest.pageQuery.omit({ cursor: true }),
      response: responses({ 200: rest.storageReport }, ...refusals),
    },
    handler: async (request) => {
      const [found, totals] = [await storageByUser(db, request.query), await storageTotals(db)];
      return {
        ...found,
        items: found.items.map(({ userId, ...item }) => ({ user_id: userId, ...item })),
        totals: { ...totals, quota_bytes: settings.quotaBytes },
      };
    },
  });
}

async function pseudonymOf(db: Db, actor: string): Promise<string> {
  // Somebody may have taken that name.
  return actor === "system" ? actor : ((await findUserByName(db, actor))?.pseudonym ?? actor);
}

function accountBody({ id, email, username, fullName, role, isActive, createdAt }: User): rest.AccountBody {
  return { id, email, username, full_name: fullName, role, is_active: isActive, created_at: createdAt.toISOString() };
}
