import { createHash } from "node:crypto";
import { BlobMissing, type BlobStore, blobKeys } from "@omicselector2/platform";
import { CheckpointsLost } from "./faults.ts";
import { persistently } from "./lost-service.ts";

/** Outputs that are read at a time. */
const AT_ONCE = 16;
/** Bytes that are kept in memory, beside those that somebody works with. */
const MOST_KEPT = 128 * 2 ** 20;

/** Outputs of units: in the blob store, and those met last in memory too. A blob that does not match its hash is as good as none. */
export class Checkpoints {
  readonly #blobs: BlobStore;
  readonly #mostKept: number;
  /** by job, unit and hash; the longest unused first */
  readonly #kept = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(blobs: BlobStore, mostKept = MOST_KEPT) {
    this.#blobs = blobs;
    this.#mostKept = mostKept;
  }

  /** @returns the hash; the output is in the store then */
  async save(jobId: string, unitId: string, output: Uint8Array, signal: AbortSignal): Promise<string> {
    const hash = sha256(output);
    const key = blobKeys.checkpoint(jobId, unitId, hash);
    await persistently(() => this.#blobs.put(key, output), signal);
    this.#keep(key, output);
    return hash;
  }

  /**
   * @param hashes  of all units that are wanted and perhaps of others
   * @throws CheckpointsLost  naming all that are missing or damaged
   */
  async readAll(
    jobId: string,
    unitIds: readonly string[],
    hashes: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<Map<string, Uint8Array>> {
    const outputs = new Map<string, Uint8Array>();
    const lost: { unitId: string; hash: string }[] = [];
    const queue = [...unitIds];
    const work = async () => {
      for (let unitId = queue.shift(); unitId !== undefined; unitId = queue.shift()) {
        const hash = hashes.get(unitId) ?? "";
        const output = await this.#read(blobKeys.checkpoint(jobId, unitId, hash), hash, signal);
        if (output === undefined) lost.push({ unitId, hash });
        else outputs.set(unitId, output);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (lost.length > 0) throw new CheckpointsLost(lost);
    return outputs;
  }

  /** Ends the checkpoints of a job that has ended; what cannot be deleted now is left to the sweeper. */
  async drop(jobId: string): Promise<void> {
    const prefix = blobKeys.checkpointPrefix(jobId);
    for (const key of [...this.#kept.keys()].filter((each) => each.startsWith(prefix))) this.#forget(key);
    await this.#blobs.deletePrefix(prefix).catch(() => undefined);
  }

  async #read(key: string, hash: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const output = await persistently(() => this.#blobs.read(key), signal).catch((error: unknown) => missing(error));
    if (output === undefined || sha256(output) !== hash) return undefined;
    const shared = inShared(output);
    this.#keep(key, shared);
    return shared;
  }

  #keep(key: string, output: Uint8Array): void {
    if (output.length > this.#mostKept || this.#kept.has(key)) return;
    this.#kept.set(key, output);
    this.#bytes += output.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#mostKept) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#bytes -= this.#kept.get(key)?.length ?? 0;
    this.#kept.delete(key);
  }
}

/** What the store no longer has, or can no longer decipher, is to be computed again. */
function missing(error: unknown): undefined {
  if (error instanceof BlobMissing || (error instanceof Error && error.name === "BlobDamaged")) return undefined;
  throw error;
}

/** Memory that threads read together, so that handing it on costs nothing. */
function inShared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
