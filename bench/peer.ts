import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { FeatureMatrix } from "../packages/engine/src/matrix.ts";
import { writeMatrix } from "./cohort.ts";

/** What the other side answers beside its results. */
export interface PeerAnswer {
  /** core-seconds, of all its processes */
  seconds: number;
  /** of the clock */
  elapsed?: number;
}

/** A program of another language that holds a matrix and works on request, so that both sides can take turns. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #ended: Promise<unknown[]>;
  readonly #folder: string;

  constructor(program: string, script: string, matrix: FeatureMatrix) {
    this.#folder = mkdtempSync(join(tmpdir(), "bench-"));
    writeMatrix(matrix, this.#folder);
    const args = [join(import.meta.dirname, "peers", script), this.#folder, String(matrix.n), String(matrix.p)];
    // one thread unless asked for more: linear algebra libraries take all cores otherwise
    const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], env });
    this.#lines = createInterface(this.#child.stdout!);
    this.#ended = once(this.#child, "exit");
  }

  /** @throws Error  with what the peer complains of */
  async ask<T extends object>(task: string, question: object = {}): Promise<T & PeerAnswer> {
    const stop = new AbortController();
    const answered = once(this.#lines, "line", { signal: stop.signal }) as Promise<[string]>;
    this.#child.stdin!.write(`${JSON.stringify({ task, ...question })}\n`);
    const line = await Promise.race([answered.then(([text]) => text), this.#ended.then(() => undefined)]);
    if (line === undefined) {
      answered.catch(() => undefined);
      stop.abort();
      throw new Error(`${task}: the peer ended without an answer`);
    }
    const answer = JSON.parse(line) as T & PeerAnswer & { error?: string };
    if (answer.error !== undefined) throw new Error(`${task}: ${answer.error}`);
    return answer;
  }

  async close(): Promise<void> {
    this.#child.stdin!.end();
    await this.#ended;
    rmSync(this.#folder, { recursive: true });
  }
}

export interface PeerProgram {
  readonly name: string;
  readonly program: string;
  readonly script: string;
}

/** The peers that are installed; the others are named on the standard error and left out. */
export function installedPeers(): { r?: PeerProgram; python?: PeerProgram } {
  const r: PeerProgram = { name: "R with glmnet, ranger and jsonlite", program: process.env.RSCRIPT ?? "Rscript", script: "peer.R" };
  const python: PeerProgram = { name: "Python with scikit-learn", program: process.env.PYTHON ?? "python3", script: "peer.py" };
  return {
    ...(works(r, ["-e", "stopifnot(sapply(c('glmnet','ranger','jsonlite'), requireNamespace, quietly = TRUE))"]) ? { r } : {}),
    ...(works(python, ["-c", "import sklearn"]) ? { python } : {}),
  };
}

function works({ name, program }: PeerProgram, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    process.stderr.write(`left out: ${name} (${program}) is not installed\n`);
    return false;
  }
}

/** Opens a peer on a matrix for the time of `body`; undefined where it is not installed. */
export async function withPeer<T>(
  program: PeerProgram | undefined,
  matrix: FeatureMatrix,
  body: (peer: Peer | undefined) => Promise<T>,
): Promise<T> {
  if (program === undefined) return body(undefined);
  const peer = new Peer(program.program, program.script, matrix);
  try {
    return await body(peer);
  } finally {
    await peer.close();
  }
}

/** R writes a vector of one as a number. */
export function listOf(value: number | readonly number[]): readonly number[] {
  return typeof value === "number" ? [value] : value;
}
