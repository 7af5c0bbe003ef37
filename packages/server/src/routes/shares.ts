import { rest } from "@omicselector2/contracts";
import {
  cancelJob,
  findUserByName,
  type Job,
  openJobsOfDataset,
  type Share,
  shareDataset,
  sharesOfDataset,
  unshareDataset,
} from "@omicselector2/platform";
import { z } from "zod";
import { type App, type Services, userOf } from "../http.ts";
import { requireRole } from "../plugins/authentication.ts";
import { invalid, Problem } from "../problems.ts";
import { announceEnd } from "./announce.ts";
import { datasetFor, ownDataset } from "./data.ts";
import { loggedIn, responses } from "./documented.ts";

const tags = ["data"];

/** Who else may read a dataset and compute on it; what they compute is theirs. */
export function shareRoutes(app: App, services: Services): void {
  const { db } = services.platform;

  app.route({
    method: "GET",
    url: "/data/:id/shares",
    schema: {
      operationId: "listShares",
      summary: "With whom a dataset of yours is shared",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 200: rest.shareList }, "unauthorized", "forbidden", "not_found"),
    },
    handler: async (request) => {
      const { id } = await ownDataset(request, services);
      const items = (await sharesOfDataset(db, id)).map(shareBody);
      return { items, total: items.length };
    },
  });

  app.route({
    method: "PUT",
    url: "/data/:id/shares/:username",
    schema: {
      operationId: "shareDataset",
      summary: "Share a dataset of yours with somebody",
      description:
        "For researchers and admins. The other one may read it, download it and run jobs on it; may not change, delete or share it. A name that nobody has and one whose account is closed get the same 404.",
      tags,
      security: loggedIn,
      params: rest.shareParams,
      response: responses({ 200: rest.share }, "unauthorized", "forbidden", "role_required", "not_found"),
    },
    handler: async (request) => {
      const { id } = await ownDataset(request, services);
      const user = userOf(request);
      requireRole(user, ["researcher", "admin"], "share datasets");
      const other = await findUserByName(db, request.params.username);
      if (other?.isActive !== true) throw nobody(request.params.username);
      if (other.id === user.id) throw invalid([{ path: "username", message: "is you: the dataset is yours already" }]);
      const shares = await db.transaction(async (tx) => {
        // Again: it may have been deleted meanwhile.
        const dataset = await ownDataset(request, services, tx);
        await shareDataset(tx, dataset.id, other.id);
        await services.audit.write(tx, request, "dataset.share", resourceOf(id, other));
        return await sharesOfDataset(tx, id);
      });
      return shareBody(shares.find(({ userId }) => userId === other.id)!);
    },
  });

  app.route({
    method: "DELETE",
    url: "/data/:id/shares/:username",
    schema: {
      operationId: "unshareDataset",
      summary: "End a share, at once",
      description:
        "Open jobs of the other one on this dataset are cancelled; results that are there stay theirs. Whom a dataset is shared with may end it too, by their own name.",
      tags,
      security: loggedIn,
      params: rest.shareParams,
      response: responses({ 204: z.undefined().describe("ended") }, "unauthorized", "forbidden", "not_found"),
    },
    handler: async (request, reply) => {
      const { username } = request.params;
      const dataset = await datasetFor(request, services);
      const leaving = dataset.shared && username.toLowerCase() === userOf(request).username.toLowerCase();
      if (dataset.shared && !leaving)
        throw new Problem("forbidden", "this dataset is shared with you; only its owner may end the shares of others");
      const other = await findUserByName(db, username);
      if (other === undefined) throw nobody(username);
      const cancelled = await db.transaction(async (tx) => {
        if (!(await unshareDataset(tx, dataset.id, other.id))) throw nobody(username);
        const ended: (Job | undefined)[] = [];
        for (const jobId of await openJobsOfDataset(tx, dataset.id, other.id)) ended.push((await cancelJob(tx, jobId)).job);
        await services.audit.write(tx, request, "dataset.unshare", resourceOf(dataset.id, other));
        return ended;
      });
      for (const job of cancelled) if (job !== undefined) announceEnd(services, job, request.log);
      return reply.code(204).send();
    },
  });
}

/** The log speaks of people by their pseudonyms alone. */
const resourceOf = (id: string, { pseudonym }: { pseudonym: string }) => `datasets/${id}/shares/${pseudonym}`;

const nobody = (username: string) =>
  new Problem("not_found", `there is no ${username} here whom this is or could be shared with; check the spelling of the user name`);

const shareBody = ({ username, createdAt }: Share) => ({ username, shared_at: createdAt.toISOString() });
