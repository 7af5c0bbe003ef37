import { createCipheriv, createDecipheriv } from "node:crypto";

/*
 * Files at rest: a header, then frames of 1 MiB of plaintext, each AES-256-GCM under the file's own data key.
 *
 *   header  HEADER_BYTES   magic, version, wrapped data key; who stores files reads it, see platform's data-key.ts
 *   frame   1 MiB + tag    all but the last
 *   frame   rest + tag     the last: 1 byte to 1 MiB, none only when the file is empty
 *
 * nonce of a frame            its index, 96 bits, big endian; no data key seals two files
 * associated data of a frame  index (64 bits), 1 if it is the last (8 bits), bytes of the whole file in the last, else 0 (64 bits)
 *
 * So frames cannot change, change places, come from another file, or be missing without being noticed.
 * Not in the index of this package: the page, which reads no files, must not get node:crypto.
 */

export const HEADER_BYTES = 76;
export const FRAME_BYTES = 2 ** 20;
export const TAG_BYTES = 16;
/** bytes of a frame that is not the last, as stored */
export const SEALED_BYTES = FRAME_BYTES + TAG_BYTES;

/** A stored file with what it takes to read it; goes to threads as it is. Never log it. */
export interface EncryptedFile {
  readonly path: string;
  /** name of the blob, for messages */
  readonly key: string;
  /** 32 bytes */
  readonly dataKey: Uint8Array;
}

/** A file that can be read at any place: plain, by its path, or encrypted. */
export type DataFile = string | EncryptedFile;

/** What is stored is not what was put there. Names the blob. */
export class BlobDamaged extends Error {
  /** @param what  follows the name, as in "is damaged: ..." */
  constructor(key: string, what: string) {
    super(`blob ${key} ${what}`);
    this.name = "BlobDamaged";
  }
}

export interface Layout {
  /** at least 1 */
  frames: number;
  /** of plaintext */
  bytes: number;
}

/** @param size  bytes as stored, header included; undefined: no file has this size */
export function layoutOf(size: number): Layout | undefined {
  const body = size - HEADER_BYTES;
  if (body < TAG_BYTES) return undefined;
  const frames = Math.ceil(body / SEALED_BYTES);
  const last = body - (frames - 1) * SEALED_BYTES;
  if (last < TAG_BYTES || (last === TAG_BYTES && frames > 1)) return undefined;
  return { frames, bytes: body - frames * TAG_BYTES };
}

/**
 * @param total  bytes of the whole file when this is its last frame, undefined when others follow
 * @returns what is stored, in pieces
 */
export function sealFrame(dataKey: Uint8Array, index: number, plain: Uint8Array, total: number | undefined): Buffer[] {
  const cipher = createCipheriv("aes-256-gcm", dataKey, nonceOf(index)).setAAD(placeOf(index, total));
  const body = cipher.update(plain);
  cipher.final();
  return [body, cipher.getAuthTag()];
}

/** @param total  as for `sealFrame` @returns the plaintext, undefined when it is not this frame of this file */
export function openFrame(dataKey: Uint8Array, index: number, sealed: Uint8Array, total: number | undefined): Buffer | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const end = sealed.length - TAG_BYTES;
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv("aes-256-gcm", dataKey, nonceOf(index), options).setAAD(placeOf(index, total));
  const plain = decipher.setAuthTag(sealed.subarray(end)).update(sealed.subarray(0, end));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** For the message when `openFrame` gives nothing. */
export function damagedFrame(key: string, index: number): BlobDamaged {
  const place = `between byte ${index * FRAME_BYTES} and ${(index + 1) * FRAME_BYTES}`;
  return new BlobDamaged(key, `is damaged ${place}, or its end is missing: bring it back from a backup, or delete it`);
}

function nonceOf(index: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(index), 4);
  return nonce;
}

function placeOf(index: number, total: number | undefined): Buffer {
  const place = Buffer.alloc(17);
  place.writeBigUInt64BE(BigInt(index), 0);
  place.writeUInt8(total === undefined ? 0 : 1, 8);
  place.writeBigUInt64BE(BigInt(total ?? 0), 9);
  return place;
}
