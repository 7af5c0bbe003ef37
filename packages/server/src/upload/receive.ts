import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { MultipartFile } from "@fastify/multipart";
import type { rest } from "@omicselector2/contracts";
import type { FastifyRequest } from "fastify";
import type { IngestForm, IngestReport } from "../deps.ts";
import type { Services } from "../http.ts";
import { invalid, Problem } from "../problems.ts";
import { discardRest } from "./discard.ts";
import { shownFileName, UploadForm } from "./form.ts";
import { type Metered, metered } from "./metered.ts";

export interface ReceivedUpload {
  readonly fields: rest.UploadFields;
  readonly report: IngestReport;
  readonly source: { readonly file_name: string; readonly bytes: number; readonly sha256: string };
}

const sheetBytes = 256 * 1024 ** 2;

export interface Course {
  /** called when all has arrived and the form is as it must be, before the file is read to its end */
  formRead?: (fields: rest.UploadFields) => Promise<void>;
  /** stops the reading of the file */
  signal?: AbortSignal;
}

/**
 * Reads an upload's form while it arrives; the file goes straight into ingest.
 * @param keep  called while the ingested file is still there; whatever happens, nothing is left behind afterwards
 */
export async function receiveUpload<T>(
  request: FastifyRequest,
  services: Services,
  keep: (upload: ReceivedUpload) => Promise<T>,
  course: Course = {},
): Promise<T> {
  const { config } = services.platform;
  const most = config.maxUploadBytes;
  if (Number(request.headers["content-length"] ?? 0) > most + sheetBytes + 1024 ** 2) {
    throw new Problem("upload_too_large", `the upload has more than ${most} bytes; send less, or have the limit of this server raised`);
  }
  const folder = await newFolder(config.dataDir);
  try {
    return await keep(await new Reception(request, services, folder, course).run());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const oneDay = 24 * 3600_000;

/**
 * Left over by a crash; called before a process serves.
 * @param alone  the data folder is this process's; else only what is older than a day goes, for others may be at work in it
 */
export async function dropUnfinishedUploads(dataDir: string, alone: boolean): Promise<void> {
  const folder = uploadsFolder(dataDir);
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (alone || Date.now() - changed > oneDay) await rm(path, { recursive: true, force: true });
  }
}

const uploadsFolder = (dataDir: string) => join(dataDir, "tmp", "uploads");

/** Empty, for one request; whoever asked for it removes it. */
export async function newFolder(dataDir: string): Promise<string> {
  await mkdir(uploadsFolder(dataDir), { recursive: true, mode: 0o700 });
  return await mkdtemp(join(uploadsFolder(dataDir), "upload-"));
}

/** One upload under way: two things run beside each other, the reading of the form and the ingest of its file. */
class Reception {
  readonly #request: FastifyRequest;
  readonly #services: Services;
  readonly #folder: string;
  readonly #course: Course;
  readonly #form = new UploadForm();
  readonly #rest = Promise.withResolvers<IngestForm>();
  readonly #failed = Promise.withResolvers<never>();
  readonly #abort = new AbortController();
  #sheet: IngestForm["sampleSheet"];
  #file: { name: string; meter: Metered; ingest: Promise<IngestReport> } | undefined;
  /** what went wrong on the way in; ingest then fails too, but only of the consequence */
  #cause: unknown;

  constructor(request: FastifyRequest, services: Services, folder: string, course: Course) {
    this.#course = course;
    course.signal?.addEventListener("abort", () => this.#abort.abort(course.signal?.reason), { once: true });
    this.#request = request;
    this.#services = services;
    this.#folder = folder;
    this.#rest.promise.catch(() => undefined);
    this.#failed.promise.catch(() => undefined);
  }

  async run(): Promise<ReceivedUpload> {
    try {
      await this.#readParts();
      const fields = this.#form.complete();
      await this.#course.formRead?.(fields);
      this.#rest.resolve({ sampleSheet: this.#sheet, orientation: fields.orientation });
      const { name, meter, ingest } = this.#file!;
      const report = await ingest;
      return { fields, report, source: { file_name: name, bytes: meter.bytes(), sha256: meter.sha256() } };
    } catch (error) {
      this.#cause ??= error;
      this.#rest.reject(this.#cause);
      this.#abort.abort(this.#cause);
      discardRest(this.#request.raw);
      // The folder is about to go: whoever works in it must have stopped.
      await this.#file?.ingest.catch(() => undefined);
      throw this.#cause;
    }
  }

  async #readParts(): Promise<void> {
    const parts = this.#request.parts({
      limits: { fileSize: Number.MAX_SAFE_INTEGER, files: 3, fields: 20, parts: 23, fieldSize: 131_072 },
    });
    for (;;) {
      const next = await Promise.race([parts.next().catch(formFault), this.#failed.promise]);
      if (next.done === true) return;
      const part = next.value;
      if (part.type === "field") this.#form.field(part.fieldname, part.value, part.valueTruncated);
      else if (this.#form.file(part.fieldname) === "file") this.#startIngest(part);
      else await this.#saveSheet(part);
    }
  }

  #startIngest(part: MultipartFile): void {
    this.#form.checkSoFar();
    const name = shownFileName(part.filename);
    const meter = metered(this.#services.platform.config.maxUploadBytes, "the file");
    pipeline(part.file, meter.stream).catch((error) => {
      // Ingest may stop reading when it has seen enough to refuse; then the fault is the one that it tells of.
      if (isPrematureClose(error) && !this.#request.raw.destroyed) return;
      this.#cause ??= error instanceof Problem ? error : new Problem("upload_incomplete");
      this.#failed.reject(this.#cause);
    });
    const ingest = this.#services.ingest({
      file: meter.stream,
      fileName: name,
      form: this.#rest.promise,
      folder: this.#folder,
      signal: this.#abort.signal,
    });
    this.#file = { name, meter, ingest };
    // What ingest leaves unread must not hold up the parts behind it.
    ingest.then(() => meter.stream.resume(), this.#failed.reject);
  }

  async #saveSheet(part: MultipartFile): Promise<void> {
    this.#form.checkSoFar();
    const path = join(this.#folder, "sample-sheet");
    const meter = metered(sheetBytes, "the sample sheet");
    const saved = pipeline(part.file, meter.stream, createWriteStream(path, { flags: "wx", mode: 0o600 }));
    await Promise.race([saved, this.#failed.promise]);
    this.#sheet = { path, fileName: shownFileName(part.filename) };
  }
}

/** The parser of the form tells its faults in plain errors. */
function formFault(error: unknown): never {
  if (!(error instanceof Error) || "code" in error) throw error;
  if (/unexpected end|terminated early/i.test(error.message)) throw new Problem("upload_incomplete");
  throw invalid([{ path: "", message: `the form is malformed: ${error.message}` }]);
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
}
