import type { Readable } from "node:stream";
import type { DataFile } from "@omicselector2/contracts/frames";

export { BlobDamaged, type DataFile, type EncryptedFile } from "@omicselector2/contracts/frames";

/**
 * Files by key: `datasets/<id>/data.h5ad`, `results/<id>/result.json`, `checkpoints/<job>/<unit>.json`.
 * Keys are made by the program, never from what a user sent: lower-case letters, digits, `.`, `_`, `-`, `/`.
 */
export interface BlobStore {
  /** Whole or not at all: a reader never sees half a blob, also after a crash. */
  put(key: string, body: Readable | Uint8Array): Promise<{ bytes: number }>;
  /** @throws BlobMissing */
  get(key: string): Promise<Readable>;
  read(key: string): Promise<Uint8Array>;
  exists(key: string): Promise<boolean>;
  /** No error when it is not there. */
  delete(key: string): Promise<void>;
  deletePrefix(prefix: string): Promise<void>;
  /** Keys below a prefix, sorted, with sizes, and since when they are there where the store knows it. */
  list(prefix: string): Promise<ListedBlob[]>;
  /** A file on the local disk that holds the blob, for readers that need one; released when done. */
  localFile(key: string): Promise<{ file: DataFile; release(): Promise<void> }>;
  /** What users see: `s3://<key>`. */
  uri(key: string): string;
}

export interface ListedBlob {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt?: Date;
}

export class BlobMissing extends Error {
  constructor(key: string) {
    super(`there is no blob ${key}`);
    this.name = "BlobMissing";
  }
}
