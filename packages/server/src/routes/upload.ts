import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { rest } from "@omicselector2/contracts";
import { blobKeys, bytesOfUser, createDataset } from "@omicselector2/platform";
import type { FastifyRequest } from "fastify";
import { type App, created, type Services, userOf } from "../http.ts";
import { Problem } from "../problems.ts";
import { type ReceivedUpload, receiveUpload } from "../upload/receive.ts";
import { loggedIn, responses } from "./documented.ts";

export function uploadRoute(app: App, services: Services): void {
  app.route({
    method: "POST",
    url: "/data/upload",
    // The form is checked part by part while it arrives.
    validatorCompiler: () => () => true,
    schema: {
      operationId: "uploadDataset",
      summary: "Upload a matrix: CSV, TSV or h5ad",
      description: "Parts in any order. 201 comes when the file was read and checked; nothing is left behind by what is refused.",
      tags: ["data"],
      security: loggedIn,
      consumes: ["multipart/form-data"],
      body: rest.uploadForm,
      response: responses(
        { 201: rest.uploadedDataset },
        "unauthorized",
        "upload_too_large",
        "quota_exceeded",
        "unsupported_media_type",
        "upload_refused",
        "upload_incomplete",
        "request_under_way",
        "key_reused",
      ),
    },
    handler: async (request, reply) => {
      if (!request.isMultipart()) throw new Problem("unsupported_media_type", "send the file as multipart/form-data, in a part named file");
      await checkQuota(request, services, 0);
      const row = await receiveUpload(request, services, (upload) => store(request, services, upload));
      created(reply, `/data/${row.id}`);
      return reply.code(201).send({
        dataset_id: row.id,
        name: row.name,
        n_samples: row.nSamples!,
        n_features: row.nFeatures!,
        file_path: row.filePath!,
      });
    },
  });
}

/** The blob first, then its row: a row never points nowhere. */
async function store(request: FastifyRequest, services: Services, { fields, report, source }: ReceivedUpload) {
  const { db, blobs } = services.platform;
  const id = randomUUID();
  const key = blobKeys.dataset(id);
  try {
    const { bytes } = await blobs.put(key, createReadStream(report.path));
    await checkQuota(request, services, bytes);
    return await db.transaction(async (tx) => {
      const row = await createDataset(tx, {
        id,
        name: fields.name,
        description: fields.description ?? null,
        dataType: fields.data_type,
        filePath: blobs.uri(key),
        nSamples: report.nSamples,
        nFeatures: report.nFeatures,
        contentHash: report.contentHash,
        bytes,
        ownerId: userOf(request).id,
        metadata: {
          ...fields.metadata,
          doctor: report.doctor,
          classes: report.classes,
          target_candidates: report.targetCandidates,
          sample_columns: report.sampleColumns,
          upload: source,
        },
      });
      await services.audit.write(tx, request, "dataset.create", `datasets/${id}`);
      return row;
    });
  } catch (error) {
    await blobs.deletePrefix(blobKeys.datasetPrefix(id));
    throw error;
  }
}

async function checkQuota(request: FastifyRequest, { platform }: Services, more: number): Promise<void> {
  const most = platform.config.quotaBytes;
  const taken = await bytesOfUser(platform.db, userOf(request).id);
  if (taken + more <= most && taken < most) return;
  throw new Problem("quota_exceeded", `your datasets would take ${taken + more} of ${most} bytes; delete some that you no longer need`);
}
