import { createHash } from "node:crypto";
import { rest } from "@omicselector2/contracts";
import { blobKeys, deleteResult, findResultFor, type Result } from "@omicselector2/platform";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { type App, type Services, userOf } from "../http.ts";
import { notFound } from "../problems.ts";
import { artifactResponse, artifactsOf, mediaTypeOf } from "./artifacts.ts";
import { resultBody } from "./bodies.ts";
import { attachment } from "./data.ts";
import { loggedIn, responses } from "./documented.ts";
import { dropBlobs } from "./drop-blobs.ts";

const tags = ["results"];

export function resultRoutes(app: App, services: Services): void {
  const { db, blobs } = services.platform;

  app.route({
    method: "GET",
    url: "/results/:id",
    schema: {
      operationId: "getResult",
      summary: "A signature, how it was judged, where its files are",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 200: rest.result }, "unauthorized", "not_found"),
    },
    handler: async (request) => {
      const result = await resultFor(request, services);
      services.audit.read(request, "result.read", `results/${result.id}`);
      return resultBody(result);
    },
  });

  app.route({
    method: "DELETE",
    url: "/results/:id",
    schema: {
      operationId: "deleteResult",
      summary: "Delete a result and its files; the job stays",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 204: z.undefined().describe("deleted") }, "unauthorized", "not_found"),
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const deleted = await db.transaction(async (tx) => {
        const done = await deleteResult(tx, id, userOf(request).id);
        if (done) await services.audit.write(tx, request, "result.delete", `results/${id}`);
        return done;
      });
      if (!deleted) throw notFound("result");
      await dropBlobs(services, blobKeys.resultPrefix(id), request.log);
      return reply.code(204).send();
    },
  });

  app.route({
    method: "GET",
    url: "/results/:id/artifacts",
    schema: {
      operationId: "listArtifacts",
      summary: "Files of a result",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 200: rest.artifactList }, "unauthorized", "not_found"),
    },
    handler: async (request) => {
      const { id } = await resultFor(request, services);
      const items = artifactsOf(id, await blobs.list(blobKeys.resultPrefix(id)));
      return { items, total: items.length };
    },
  });

  app.route({
    method: "GET",
    url: "/results/:id/artifacts/:name",
    config: { noEtag: true },
    schema: {
      operationId: "getArtifact",
      summary: "One file of a result",
      tags,
      security: loggedIn,
      params: rest.artifactParams,
      response: responses({ 200: artifactResponse }, "unauthorized", "not_found"),
    },
    handler: async (request, reply) => {
      const { id } = await resultFor(request, services);
      const { name } = request.params;
      // Looked up among what is there: a name that a client sent never becomes a path.
      const found = (await blobs.list(blobKeys.resultPrefix(id))).find(({ key }) => key === `${blobKeys.resultPrefix(id)}${name}`);
      if (found === undefined) throw notFound("artifact");
      services.audit.read(request, "artifact.read", `results/${id}/${name}`);
      // A result never changes, so the name of its file stands for what is in it.
      reply.header("etag", `"${createHash("sha256").update(found.key).digest("base64url").slice(0, 27)}"`);
      reply.header("content-type", mediaTypeOf(name)).header("content-length", found.bytes);
      // What a browser would draw may run nothing and reach nothing.
      if (/\.(html|svg)$/.test(name)) reply.header("content-security-policy", drawOnly);
      else reply.header("content-disposition", attachment(name.split("/").at(-1)!));
      return reply.send(await blobs.get(found.key));
    },
  });
}

const drawOnly = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";

async function resultFor(request: FastifyRequest & { params: { id: string } }, { platform }: Services): Promise<Result> {
  const result = await findResultFor(platform.db, request.params.id, userOf(request).id);
  if (result === undefined) throw notFound("result");
  return result;
}
