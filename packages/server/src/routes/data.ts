import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { rest } from "@omicselector2/contracts";
import {
  BlobMissing,
  blobKeys,
  cancelJob,
  type Dataset,
  type Db,
  deleteDataset,
  findDatasetFor,
  listDatasets,
  lockDataset,
  openJobsOfDataset,
  updateDataset,
  type VisibleDataset,
} from "@omicselector2/platform";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type App, type Services, userOf } from "../http.ts";
import { notFound, Problem } from "../problems.ts";
import { newFolder } from "../upload/receive.ts";
import { announceEnd } from "./announce.ts";
import { datasetBody, datasetItem, mergedMetadata } from "./bodies.ts";
import { loggedIn, responses } from "./documented.ts";
import { dropBlobs } from "./drop-blobs.ts";

const tags = ["data"];
const hdf5 = "application/x-hdf5";
const csv = "text/csv; charset=utf-8";
const datasetFile = {
  description: "the file",
  content: { [hdf5]: { schema: z.file() as z.ZodType }, "text/csv": { schema: z.string() as z.ZodType } },
};

export function dataRoutes(app: App, services: Services): void {
  const { db, blobs } = services.platform;

  app.route({
    method: "GET",
    url: "/data",
    schema: {
      operationId: "listDatasets",
      summary: "Your datasets and those shared with you, newest first",
      tags,
      security: loggedIn,
      querystring: rest.datasetQuery,
      response: responses({ 200: rest.datasetPage }, "unauthorized"),
    },
    handler: async (request) => {
      const { page, size, cursor, data_type, status, name, shared, sort } = request.query;
      const filters = {
        ...(data_type === undefined ? {} : { dataType: data_type }),
        ...(status === undefined ? {} : { status }),
        ...(name === undefined ? {} : { name }),
        ...(shared === undefined ? {} : { shared }),
      };
      const found = await listDatasets(db, userOf(request).id, { page, size, ...(cursor === undefined ? {} : { cursor }), filters, sort });
      return { ...found, items: found.items.map(datasetItem) };
    },
  });

  app.route({
    method: "GET",
    url: "/data/:id",
    schema: {
      operationId: "getDataset",
      summary: "One dataset, with what ingest found",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 200: rest.dataset }, "unauthorized", "not_found"),
    },
    handler: async (request) => {
      const dataset = await datasetFor(request, services);
      services.audit.read(request, "dataset.read", `datasets/${dataset.id}`);
      return datasetBody(dataset);
    },
  });

  app.route({
    method: "PATCH",
    url: "/data/:id",
    schema: {
      operationId: "updateDataset",
      summary: "Change name, description, kind or own metadata",
      tags,
      security: loggedIn,
      params: rest.idParams,
      body: rest.updateDatasetRequest,
      response: responses({ 200: rest.dataset }, "unauthorized", "forbidden", "not_found"),
    },
    handler: async (request) => {
      const dataset = await ownDataset(request, services);
      const { name, description, data_type, metadata } = request.body;
      const changes = {
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        ...(data_type === undefined ? {} : { dataType: data_type }),
        ...(metadata === undefined ? {} : { metadata: mergedMetadata(dataset.metadata, metadata) }),
      };
      if (Object.keys(changes).length === 0) return datasetBody(dataset);
      const changed = await db.transaction(async (tx) => {
        const row = await updateDataset(tx, dataset.id, changes);
        await services.audit.write(tx, request, "dataset.update", `datasets/${dataset.id}`);
        return row;
      });
      if (changed === undefined) throw notFound("dataset");
      return datasetBody({ ...dataset, ...changed });
    },
  });

  app.route({
    method: "DELETE",
    url: "/data/:id",
    schema: {
      operationId: "deleteDataset",
      summary: "Delete a dataset; its open jobs are cancelled, results stay",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 204: z.undefined().describe("deleted") }, "unauthorized", "forbidden", "not_found"),
    },
    handler: async (request, reply) => {
      const { id } = await ownDataset(request, services);
      const cancelled = await db.transaction(async (tx) => {
        await lockDataset(tx, id);
        const ended = [];
        for (const jobId of await openJobsOfDataset(tx, id)) ended.push(await cancelJob(tx, jobId));
        if (!(await deleteDataset(tx, id, userOf(request).id))) throw notFound("dataset");
        await services.audit.write(tx, request, "dataset.delete", `datasets/${id}`);
        return ended;
      });
      for (const { job } of cancelled) if (job !== undefined) announceEnd(services, job, request.log);
      await dropBlobs(services, blobKeys.datasetPrefix(id), request.log);
      return reply.code(204).send();
    },
  });

  app.route({
    method: "GET",
    url: "/data/:id/download",
    config: { noEtag: true },
    schema: {
      operationId: "downloadDataset",
      summary: "The canonical file, as AnnData reads it, or its values as CSV",
      tags,
      security: loggedIn,
      params: rest.idParams,
      querystring: rest.downloadQuery,
      response: responses({ 200: datasetFile }, "unauthorized", "not_found", "dataset_not_ready"),
    },
    handler: async (request, reply) => {
      const dataset = await readyDataset(request, services);
      services.audit.read(request, "dataset.download", `datasets/${dataset.id}`);
      const { format } = request.query;
      if (dataset.contentHash !== null) reply.header("etag", `"${dataset.contentHash}${format === "csv" ? "-csv" : ""}"`);
      reply.header("content-type", format === "csv" ? csv : hdf5);
      reply.header("content-disposition", attachment(`${dataset.name}.${format}`));
      const asked = request.headers["if-none-match"];
      // Making a CSV is work: not for somebody who has it.
      if (asked !== undefined && asked === reply.getHeader("etag")) return reply.send("");
      return reply.send(format === "csv" ? await csvOf(dataset, services) : await blobs.get(blobKeys.dataset(dataset.id)));
    },
  });

  app.route({
    method: "GET",
    url: "/data/:id/preview",
    schema: {
      operationId: "previewDataset",
      summary: "The first samples and features",
      tags,
      security: loggedIn,
      params: rest.idParams,
      querystring: rest.previewQuery,
      response: responses({ 200: rest.preview }, "unauthorized", "not_found", "dataset_not_ready"),
    },
    handler: async (request) => {
      const dataset = await readyDataset(request, services);
      services.audit.read(request, "dataset.preview", `datasets/${dataset.id}`);
      const data = await blobs.localFile(blobKeys.dataset(dataset.id));
      try {
        return await services.preview(data.file, request.query);
      } finally {
        await data.release();
      }
    },
  });

  app.route({
    method: "GET",
    url: "/data/:id/summary",
    schema: {
      operationId: "summariseDataset",
      summary: "What is missing where, and where the samples lie on the first principal components",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 200: rest.summary }, "unauthorized", "not_found", "dataset_not_ready"),
    },
    handler: async (request, reply) => {
      const dataset = await readyDataset(request, services);
      services.audit.read(request, "dataset.summary", `datasets/${dataset.id}`);
      // A dataset's contents never change: who has the answer need not wait for it again.
      if (dataset.contentHash !== null) reply.header("etag", `"${dataset.contentHash}-summary"`);
      const asked = request.headers["if-none-match"];
      if (asked !== undefined && asked === reply.getHeader("etag")) return (reply as FastifyReply).code(304).send();
      const data = await blobs.localFile(blobKeys.dataset(dataset.id));
      try {
        return await services.summary(data.file);
      } finally {
        await data.release();
      }
    },
  });

  app.route({
    method: "GET",
    url: "/data/:id/doctor",
    schema: {
      operationId: "doctor",
      summary: "What the upload doctor saw, each finding with its remedy",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 200: rest.doctorReport }, "unauthorized", "not_found", "dataset_not_ready"),
    },
    handler: async (request) => {
      const dataset = await ingestedDataset(request, services);
      services.audit.read(request, "dataset.doctor", `datasets/${dataset.id}`);
      const findings = z.array(rest.doctorFinding).parse(dataset.metadata?.doctor ?? []);
      return { dataset_id: dataset.id, findings };
    },
  });
}

/** The file is unlinked when it is open: nothing is left, however the download ends. */
async function csvOf({ id }: Dataset, { platform, exportCsv }: Services): Promise<Readable> {
  const folder = await newFolder(platform.config.dataDir);
  const data = await platform.blobs.localFile(blobKeys.dataset(id));
  try {
    const path = join(folder, "data.csv");
    await exportCsv(data.file, path);
    return (await open(path)).createReadStream();
  } finally {
    await data.release();
    await rm(folder, { recursive: true, force: true });
  }
}

type WithId = FastifyRequest & { params: unknown };
const idOf = (request: WithId): string => (request.params as { id: string }).id;

/** @throws Problem  404 for who may not see it */
export async function datasetFor(request: WithId, { platform }: Services, db: Db = platform.db): Promise<VisibleDataset> {
  const dataset = await findDatasetFor(db, idOf(request), userOf(request).id);
  if (dataset === undefined) throw notFound("dataset");
  return dataset;
}

/** @throws Problem  404 for who may not see it, 403 for whom it is shared with */
export async function ownDataset(request: WithId, services: Services, db?: Db): Promise<VisibleDataset> {
  const dataset = await datasetFor(request, services, db);
  if (dataset.shared) throw new Problem("forbidden", "this dataset is shared with you; only its owner may change it");
  return dataset;
}

async function ingestedDataset(request: WithId, services: Services): Promise<Dataset> {
  const dataset = await datasetFor(request, services);
  if (dataset.status !== "ready") throw new Problem("dataset_not_ready", dataset.errorMessage ?? undefined);
  return dataset;
}

/** One whose file is there. */
async function readyDataset(request: WithId, services: Services): Promise<Dataset> {
  const dataset = await ingestedDataset(request, services);
  if (!(await services.platform.blobs.exists(blobKeys.dataset(dataset.id)))) throw new BlobMissing(blobKeys.dataset(dataset.id));
  return dataset;
}

/** RFC 6266: an ASCII name for old clients, the whole one for the rest. */
export function attachment(name: string): string {
  const ascii = name.replace(/[^\w.()[\] -]/g, "_");
  const whole = encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${whole}`;
}
