import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { rest } from "@omicselector2/contracts";
import { blobKeys, bytesOfUser, createDataset, type Dataset, finishIngest, isUnavailable } from "@omicselector2/platform";
import type { FastifyBaseLogger, FastifyRequest } from "fastify";
import { type App, created, type Services, userOf } from "../http.ts";
import { answerWithin } from "../plugins/idempotency.ts";
import { notFound, Problem } from "../problems.ts";
import { toProblem } from "../to-problem.ts";
import { type ReceivedUpload, receiveUpload } from "../upload/receive.ts";
import { loggedIn, responses } from "./documented.ts";
import { dropBlobs } from "./drop-blobs.ts";

export function uploadRoute(app: App, services: Services): void {
  const background = new Background();
  app.addHook("onClose", () => background.close());
  app.route({
    method: "POST",
    url: "/data/upload",
    // The form is checked part by part while it arrives.
    validatorCompiler: () => () => true,
    schema: {
      operationId: "uploadDataset",
      summary: "Upload a matrix: CSV, TSV or h5ad",
      description:
        "Parts in any order. 201 comes when the file was read and checked; nothing is left behind by what is refused. With `Prefer: respond-async` 202 comes when all has arrived; the dataset is then `ingesting`, and `ready` or `failed` afterwards.",
      tags: ["data"],
      security: loggedIn,
      consumes: ["multipart/form-data"],
      body: rest.uploadForm,
      response: responses(
        { 201: rest.uploadedDataset, 202: rest.acceptedDataset },
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
      if (wantsAsync(request)) {
        const { id, name, status } = await background.accept(request, services);
        created(reply, `/data/${id}`);
        return reply.code(202).header("preference-applied", "respond-async").send({ dataset_id: id, name, status });
      }
      const row = await receiveUpload(request, services, (upload) => store(request, services, upload));
      created(reply, `/data/${row.id}`);
      return reply.code(201).send(uploadedBody(row));
    },
  });
}

const wantsAsync = (request: FastifyRequest): boolean => /(?:^|,)\s*respond-async\s*(?:[,;]|$)/i.test(String(request.headers.prefer ?? ""));

const uploadedBody = (row: Dataset) => ({
  dataset_id: row.id,
  name: row.name,
  n_samples: row.nSamples!,
  n_features: row.nFeatures!,
  file_path: row.filePath!,
});

/** The blob first, then its row: a row never points nowhere. */
async function store(request: FastifyRequest, services: Services, upload: ReceivedUpload): Promise<Dataset> {
  const { db } = services.platform;
  const id = randomUUID();
  return await withBlob(request, services, id, upload, async (found) =>
    db.transaction(async (tx) => {
      const row = await createDataset(tx, { id, ...ownFields(request, upload.fields), ...found });
      await answerWithin(tx, request, 201, uploadedBody(row), `/data/${id}`);
      await services.audit.write(tx, request, "dataset.create", `datasets/${id}`);
      return row;
    }),
  );
}

/** Uploads that were answered before they were read. */
class Background {
  readonly #works = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  /** Reads the form and answers its row, `ingesting`; the file is read on. @throws Problem  of the form */
  async accept(request: FastifyRequest, services: Services): Promise<Dataset> {
    const accepted = Promise.withResolvers<Dataset>();
    let row: Dataset | undefined;
    const work = receiveUpload(request, services, (upload) => finish(request, services, row!, upload), {
      signal: this.#closing.signal,
      async formRead(fields) {
        row = await begin(request, services, fields);
        accepted.resolve(row);
      },
    }).catch(async (error) => {
      if (row === undefined) accepted.reject(error);
      else await fail(services, row, error, request.log);
    });
    this.#works.add(work);
    void work.finally(() => this.#works.delete(work));
    return await accepted.promise;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Problem("unavailable", "the server was stopped while it read this file: upload it again"));
    await Promise.all(this.#works);
  }
}

async function begin(request: FastifyRequest, services: Services, fields: rest.UploadFields): Promise<Dataset> {
  return await services.platform.db.transaction(async (tx) => {
    const row = await createDataset(tx, { ...ownFields(request, fields), metadata: fields.metadata ?? {}, status: "ingesting" });
    await services.audit.write(tx, request, "dataset.create", `datasets/${row.id}`);
    return row;
  });
}

async function finish(request: FastifyRequest, services: Services, { id }: Dataset, upload: ReceivedUpload): Promise<void> {
  await withBlob(request, services, id, upload, async (found) => {
    // Who deleted it meanwhile wants nothing of it kept.
    if (!(await finishIngest(services.platform.db, id, found))) throw notFound("dataset");
  });
}

async function fail({ platform }: Services, { id }: Dataset, error: unknown, log: FastifyBaseLogger): Promise<void> {
  const { message, code, details } = toProblem(error);
  if (code === "internal") log.error({ err: error, dataset: id }, "an upload could not be read");
  const errorMessage = details.remedy === undefined ? message : `${message}. ${details.remedy}`;
  await finishIngest(platform.db, id, { status: "failed", errorMessage }).catch((fault) => log.error({ err: fault, dataset: id }));
}

const ownFields = (request: FastifyRequest, { name, description, data_type }: rest.UploadFields) => ({
  name,
  description: description ?? null,
  dataType: data_type,
  ownerId: userOf(request).id,
});

type Found = Pick<Dataset, "filePath" | "nSamples" | "nFeatures" | "contentHash" | "bytes" | "metadata">;

/** Puts the ingested file in its place; what `commit` does not take is taken away again. */
async function withBlob<T>(
  request: FastifyRequest,
  services: Services,
  id: string,
  { fields, report, source }: ReceivedUpload,
  commit: (found: Found) => Promise<T>,
): Promise<T> {
  const { blobs } = services.platform;
  const key = blobKeys.dataset(id);
  try {
    const { bytes } = await blobs.put(key, createReadStream(report.path));
    await checkQuota(request, services, bytes);
    return await commit({
      filePath: blobs.uri(key),
      nSamples: report.nSamples,
      nFeatures: report.nFeatures,
      contentHash: report.contentHash,
      bytes,
      metadata: {
        ...fields.metadata,
        doctor: report.doctor,
        classes: report.classes,
        target_candidates: report.targetCandidates,
        sample_columns: report.sampleColumns,
        upload: source,
      },
    });
  } catch (error) {
    // A commit that nobody answered may have taken place: its row must find the file. Without a row it is swept away later.
    if (!isUnavailable(error)) await dropBlobs(services, blobKeys.datasetPrefix(id), request.log);
    throw error;
  }
}

async function checkQuota(request: FastifyRequest, { platform }: Services, more: number): Promise<void> {
  const most = platform.config.quotaBytes;
  const taken = await bytesOfUser(platform.db, userOf(request).id);
  if (taken + more <= most && taken < most) return;
  throw new Problem("quota_exceeded", `your datasets would take ${taken + more} of ${most} bytes; delete some that you no longer need`);
}
