import { type ChildProcess, fork } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { ChildMessage, ChildRequest } from "./child.ts";
import { damagedH5ad, IngestError, ingestErrorFrom } from "./errors.ts";
import type { IngestOptions, IngestReport } from "./ingest.ts";
import { partialPath } from "./partial-path.ts";
import type { Source } from "./text/bytes.ts";

export interface IngestLimits {
  /** resident memory of the child, MiB; a matrix needs 4 bytes a value and about 250 MiB */
  memoryMb: number;
  /** wall clock, from the first byte on; a slow upload counts */
  seconds: number;
}

const LOOK_EVERY_MS = 100;
const SHEET_BYTES = 64 * 2 ** 20;

/**
 * As `ingest`, in a process of its own that is killed past its memory or its time, so that no upload can take the caller down.
 * An input that is a stream is parsed while it arrives; it is destroyed when ingest ends before it. The child sees no environment but the folder of compiled code.
 *
 * @throws IngestError  with code memory_limit or time_limit when killed; the partial output is removed
 */
export async function ingestInChild(options: IngestOptions, limits: IngestLimits, signal?: AbortSignal): Promise<IngestReport> {
  const spooled = `${options.output}.sheet`;
  try {
    const sheet = options.sheet === undefined || typeof options.sheet === "string" ? options.sheet : await spool(options.sheet, spooled);
    return await run(options, sheet, limits, signal);
  } finally {
    await rm(spooled, { force: true });
    await rm(partialPath(options.output), { force: true });
  }
}

/** Sample sheets are small: one is stored before the matrix is read, since it may decide which way round that is. */
async function spool(sheet: Source & object, path: string): Promise<string> {
  let bytes = 0;
  await pipeline(
    sheet,
    async function* limited(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > SHEET_BYTES)
          throw new IngestError("too_large", "the sample sheet is larger than 64 MiB", "Leave out columns that are not needed.", {
            sheet: true,
          });
        yield chunk;
      }
    },
    createWriteStream(path, { mode: 0o600 }),
  );
  return path;
}

async function run(options: IngestOptions, sheet: string | undefined, limits: IngestLimits, signal?: AbortSignal): Promise<IngestReport> {
  signal?.throwIfAborted();
  const child = fork(fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./child.ts" : "./child.js", import.meta.url)), [], {
    stdio: ["pipe", "ignore", "pipe", "ipc"],
    // Values lie outside V8's heap: more room for what is new in it would only be filled with what is old.
    execArgv: [`--max-old-space-size=${Math.max(64, Math.floor(limits.memoryMb))}`, "--max-semi-space-size=2"],
    env: compiledCode(),
  });
  let killedBy: Error | undefined;
  const kill = (reason: Error) => {
    killedBy ??= reason;
    child.kill("SIGKILL");
  };
  const onAbort = () => kill(signal?.reason instanceof Error ? signal.reason : new Error("ingest was cancelled"));
  signal?.addEventListener("abort", onAbort, { once: true });
  const stopWatching = watch(child, limits, kill);
  const feeding = feed(child, options.input, kill);
  const complaint = lastWords(child);
  try {
    const request: ChildRequest = {
      ...(typeof options.input === "string" ? { input: options.input } : {}),
      ...(sheet === undefined ? {} : { sheet }),
      orientation: options.orientation ?? "auto",
      output: options.output,
    };
    const message = await answerOf(child, request);
    if (message?.kind === "report") return message.report;
    if (message?.kind === "fault") throw ingestErrorFrom(message.error);
    throw killedBy ?? crashed(complaint(), limits);
  } finally {
    stopWatching();
    signal?.removeEventListener("abort", onAbort);
    feeding.stop();
  }
}

/** Where this process keeps compiled code, if anywhere: the child starts in half the time with it. */
function compiledCode(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

/** The child's one answer, undefined when it ended without. */
function answerOf(child: ChildProcess, request: ChildRequest): Promise<ChildMessage | undefined> {
  return new Promise((resolve) => {
    let answer: ChildMessage | undefined;
    let open = 2;
    // a message may be read after the exit is seen: only both ends of the line mean that none will come
    const ended = () => {
      if (--open === 0) resolve(answer);
    };
    child.on("message", (message: ChildMessage) => {
      if (message.kind !== "rss") answer = message;
    });
    child.once("exit", ended);
    child.once("disconnect", ended);
    child.once("error", () => resolve(undefined));
    child.send(request, () => undefined);
  });
}

/** Kills the child past a limit. @returns the way to stop watching */
function watch(child: ChildProcess, limits: IngestLimits, kill: (reason: Error) => void): () => void {
  const check = (bytes: number) => {
    if (bytes > limits.memoryMb * 2 ** 20) kill(tooMuchMemory(limits));
  };
  const time = setTimeout(() => {
    kill(
      new IngestError(
        "time_limit",
        `reading the file took longer than ${limits.seconds} s and was stopped`,
        "Upload a smaller matrix, pack it with gzip so that it arrives faster, or have the limit raised.",
      ),
    );
  }, limits.seconds * 1000);
  const look = setInterval(() => void residentBytes(child).then(check), LOOK_EVERY_MS);
  child.on("message", (message: ChildMessage) => {
    if (message.kind === "rss") check(message.bytes);
  });
  return () => {
    clearTimeout(time);
    clearInterval(look);
  };
}

function tooMuchMemory(limits: IngestLimits): IngestError {
  return new IngestError(
    "memory_limit",
    `reading the file took more than ${limits.memoryMb} MiB of memory and was stopped`,
    "Filter features first, or have the limit raised; a matrix takes 4 bytes for each value.",
  );
}

/** Resident memory of a child where the system tells (Linux), else 0: then the child reports it itself. */
async function residentBytes(child: ChildProcess): Promise<number> {
  try {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    return 1024 * Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Passes a stream on to the child as it arrives. */
function feed(child: ChildProcess, input: Source, kill: (reason: Error) => void): { stop(): void } {
  const stdin = child.stdin!;
  // the child may end before it has read everything
  stdin.on("error", () => undefined);
  if (typeof input === "string") {
    stdin.end();
    return { stop: () => undefined };
  }
  const source = input instanceof Readable ? input : Readable.from(input, { objectMode: false });
  const onClose = () => {
    if (!source.readableEnded)
      kill(source.errored ?? new IngestError("truncated", "the upload broke off", "Upload the file again, whole."));
  };
  source.once("error", kill);
  source.once("close", onClose);
  source.pipe(stdin);
  return {
    stop() {
      source.removeListener("close", onClose);
      source.removeListener("error", kill);
      source.on("error", () => undefined);
      source.unpipe(stdin);
      if (!source.readableEnded) source.destroy();
    },
  };
}

/** The end of what the child wrote to its standard error. */
function lastWords(child: ChildProcess): () => string {
  let text = "";
  child.stderr!.setEncoding("utf8").on("data", (piece: string) => {
    text = (text + piece).slice(-4000);
  });
  return () => text;
}

function crashed(complaint: string, limits: IngestLimits): IngestError {
  if (/heap out of memory|Array buffer allocation failed/i.test(complaint)) return tooMuchMemory(limits);
  // HDF5 runs in WASM, which ends the process where a damaged file leads it astray
  if (/^(?:Aborted\(|RuntimeError: )/m.test(complaint)) return damagedH5ad("");
  const line = complaint.trim().split("\n").at(-1) ?? "";
  return new IngestError(
    "internal",
    `the reader ended without an answer${line ? ` (${line.slice(0, 200)})` : ""}`,
    "Save the file again as plain CSV; if that does not help, report this.",
  );
}
