import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { BlobDamaged, HEADER_BYTES } from "@omicselector2/contracts/frames";

/*
 * The header of an encrypted blob, 76 bytes:
 *
 *    0   7  "OS2BLOB"
 *    7   1  version, 1
 *    8   8  id of the wrapping key
 *   16  12  nonce, random
 *   28  32  data key, random, AES-256-GCM under the wrapping key; associated data: bytes 0 to 15, then the blob's name
 *   60  16  tag
 *
 * A wrapping key is made from a secret, and its id with it: HKDF-SHA-256, no salt, info "omicselector2 blobs", 32 bytes of key
 * then 8 of id.
 */

const MAGIC = Buffer.from("OS2BLOB\x01", "latin1");

export interface WrappingKey {
  readonly id: Buffer;
  readonly key: Buffer;
}

export function wrappingKeyOf(secret: string): WrappingKey {
  const made = Buffer.from(hkdfSync("sha256", secret, "", "omicselector2 blobs", 40));
  return { key: made.subarray(0, 32), id: made.subarray(32) };
}

/** A new data key and the header that holds it, for the blob of this name and no other. */
export function newDataKey(wrapping: WrappingKey, name: string): { header: Buffer; dataKey: Uint8Array } {
  const dataKey = new Uint8Array(randomBytes(32));
  const nonce = randomBytes(12);
  const front = Buffer.concat([MAGIC, wrapping.id]);
  const cipher = createCipheriv("aes-256-gcm", wrapping.key, nonce).setAAD(Buffer.concat([front, Buffer.from(name)]));
  const wrapped = cipher.update(dataKey);
  cipher.final();
  return { header: Buffer.concat([front, nonce, wrapped, cipher.getAuthTag()]), dataKey };
}

/**
 * @param header  the first bytes of a blob, at least as many as a header has if the blob has them
 * @throws BlobDamaged  it is no header of a blob of this name under one of these keys
 */
export function dataKeyOf(keys: readonly WrappingKey[], name: string, header: Uint8Array): Uint8Array {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength).subarray(0, HEADER_BYTES);
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) {
    throw new BlobDamaged(name, "is no encrypted blob, or its beginning is damaged: only this program may put files there");
  }
  const wrapping = keys.find(({ id }) => bytes.subarray(8, 16).equals(id));
  if (wrapping === undefined) {
    throw new BlobDamaged(name, "cannot be opened with this secret: it was written with another one, or its header is damaged");
  }
  const decipher = createDecipheriv("aes-256-gcm", wrapping.key, bytes.subarray(16, 28), { authTagLength: 16 });
  decipher.setAAD(Buffer.concat([bytes.subarray(0, 16), Buffer.from(name)])).setAuthTag(bytes.subarray(60));
  const dataKey = decipher.update(bytes.subarray(28, 60));
  try {
    decipher.final();
  } catch {
    throw new BlobDamaged(name, "has a damaged header, or was put under this name by somebody else: bring it back from a backup");
  }
  // Of its own memory: what goes to a thread takes the whole buffer along that it lies in.
  return Uint8Array.from(dataKey);
}
