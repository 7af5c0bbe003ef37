import { createHash } from "node:crypto";

const segment = /^[a-z0-9_-][a-z0-9._-]{0,199}$/;

/** @throws RangeError  for anything but the keys that the program makes: a key can never leave its store */
export function checkKey(key: string): string {
  if (key.length > 500 || !key.split("/").every((part) => segment.test(part))) {
    throw new RangeError(`${JSON.stringify(key)} is no blob key: lower-case letters, digits, ".", "_", "-" between slashes`);
  }
  return key;
}

/** A prefix ends with a slash, so that `results/1/` never takes `results/10/` with it. */
export function checkPrefix(prefix: string): string {
  if (!prefix.endsWith("/")) throw new RangeError(`${JSON.stringify(prefix)} is no blob prefix: it must end with a slash`);
  checkKey(prefix.slice(0, -1));
  return prefix;
}

/** Where things are kept. Uploads are temporary: what is below `uploads/` at start was left by a crash. */
export const blobKeys = {
  upload: (id: string) => `uploads/${id}`,
  dataset: (id: string) => `datasets/${id}/data.h5ad`,
  datasetPrefix: (id: string) => `datasets/${id}/`,
  resultPrefix: (id: string) => `results/${id}/`,
  /**
   * Ids of units hold any text, keys do not. The hash of the output is part of the key: should a unit ever give another output, the
   * one that counts is still there.
   */
  checkpoint: (jobId: string, unitId: string, hash: string) =>
    `checkpoints/${jobId}/${createHash("sha256").update(unitId).digest("hex").slice(0, 40)}-${hash.slice(0, 40)}`,
  checkpointPrefix: (jobId: string) => `checkpoints/${jobId}/`,
};
