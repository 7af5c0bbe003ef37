import type { Orientation } from "./cohort.ts";
import { IngestError, type IngestErrorJson } from "./errors.ts";
import { type IngestReport, ingest } from "./ingest.ts";

/** What the parent sends, once. */
export interface ChildRequest {
  /** path of the upload; standard input when left out */
  input?: string;
  sheet?: string;
  orientation: Orientation | "auto";
  output: string;
}

/** What the child answers, once; `rss` (bytes) again and again where the parent cannot see it itself. */
export type ChildMessage =
  | { kind: "report"; report: IngestReport }
  | { kind: "fault"; error: IngestErrorJson }
  | { kind: "rss"; bytes: number };

const RSS_EVERY_MS = 200;

function send(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, undefined, {}, () => resolve());
  });
}

async function answer(request: ChildRequest): Promise<ChildMessage> {
  try {
    const report = await ingest({
      input: request.input ?? process.stdin,
      sheet: request.sheet,
      orientation: request.orientation,
      output: request.output,
    });
    return { kind: "report", report };
  } catch (error) {
    if (error instanceof IngestError) return { kind: "fault", error: error.toJSON() };
    return { kind: "fault", error: unexpected(error) };
  }
}

function unexpected(error: unknown): IngestErrorJson {
  const what = error instanceof Error ? error.message : String(error);
  if ((error as NodeJS.ErrnoException)?.code === "ENOSPC") {
    return { code: "output", message: "there is no room left on the disk", remedy: "Free some space, or upload a smaller matrix." };
  }
  if (error instanceof RangeError && /allocation|array length/i.test(what)) {
    return { code: "memory_limit", message: `the matrix does not fit into memory (${what})`, remedy: "Filter features first." };
  }
  return {
    code: "internal",
    message: `the file could not be read (${what})`,
    remedy: "Save it again as plain CSV; if that does not help, report this.",
  };
}

if (process.send !== undefined) {
  // HDF5 makes its files for all to read: what is in this one is for its owner, until it is put away encrypted
  process.umask(0o077);
  // a parent that is gone needs no answer
  process.once("disconnect", () => process.exit(1));
  if (process.platform !== "linux") {
    setInterval(() => void send({ kind: "rss", bytes: process.memoryUsage.rss() }), RSS_EVERY_MS).unref();
  }
  process.once("message", (request: ChildRequest) => {
    void answer(request)
      .then(send)
      .then(() => process.exit(0));
  });
}
