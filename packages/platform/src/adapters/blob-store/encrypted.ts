import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { damagedFrame, FRAME_BYTES, HEADER_BYTES, layoutOf, openFrame, SEALED_BYTES, sealFrame } from "@omicselector2/contracts/frames";
import type { BlobStore } from "../../ports/blob-store.ts";
import { dataKeyOf, newDataKey, wrappingKeyOf } from "./data-key.ts";

/**
 * Any store, with all that lies in it encrypted: AES-256-GCM in frames of 1 MiB under a data key of each blob's own, which is
 * wrapped by a key made from the secret. Formats: data-key.ts (header) and frames.ts of contracts (frames).
 * Whatever was changed, cut, exchanged or renamed from outside is a BlobDamaged, never other bytes; but an older version of the same
 * blob under its own name is taken for it. A stream gives each frame when it is proven, and ends with the error.
 * Sizes are those of the plaintext. Memory: two frames a stream; bytes that are put or read whole, twice.
 *
 * @param oldSecrets  can still be read with; what is put is written with `secret`
 */
export function encryptedBlobStore(inner: BlobStore, secret: string, oldSecrets: readonly string[] = []): BlobStore {
  const keys = [secret, ...oldSecrets].map(wrappingKeyOf);

  return {
    async put(key, body) {
      const { header, dataKey } = newDataKey(keys[0]!, key);
      if (!(body instanceof Readable)) {
        await inner.put(key, Buffer.concat([header, ...(await sealWhole(dataKey, body))]));
        return { bytes: body.length };
      }
      let bytes = 0;
      const sealed = async function* () {
        yield header;
        for await (const { piece, index, last } of piecesOf(body, FRAME_BYTES)) {
          bytes += piece.length;
          yield* sealFrame(dataKey, index, piece, last ? bytes : undefined).filter(({ length }) => length > 0);
        }
      };
      await inner.put(key, Readable.from(sealed(), { objectMode: false }));
      return { bytes };
    },
    async get(key) {
      const stored = await inner.get(key);
      try {
        const chunks = stored[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
        const front = await atLeast(HEADER_BYTES, chunks);
        const body = resumed(front.subarray(HEADER_BYTES), chunks);
        const plain = Readable.from(opened(key, dataKeyOf(keys, key, front), body), { objectMode: false });
        // A stream that nobody reads never starts the generator, which then cannot give the file back.
        plain.once("close", () => stored.destroy());
        return plain;
      } catch (error) {
        stored.destroy();
        throw error;
      }
    },
    async read(key) {
      const stored = await inner.read(key);
      return await openWhole(key, dataKeyOf(keys, key, stored), stored);
    },
    async list(prefix) {
      const found = await inner.list(prefix);
      // One that is no blob of ours is still shown, so that it can be deleted.
      return found.map(({ bytes, ...blob }) => ({ ...blob, bytes: layoutOf(bytes)?.bytes ?? 0 }));
    },
    async localFile(key) {
      const { file, release } = await inner.localFile(key);
      try {
        if (typeof file !== "string") throw new TypeError("a store is encrypted once");
        return { file: { path: file, key, dataKey: dataKeyOf(keys, key, await headerOf(file)) }, release };
      } catch (error) {
        await release();
        throw error;
      }
    },
    exists: (key) => inner.exists(key),
    delete: (key) => inner.delete(key),
    deletePrefix: (prefix) => inner.deletePrefix(prefix),
    uri: (key) => inner.uri(key),
  };
}

/** Frames that are worked on in one go, some 10 ms; then whoever else waits for the thread has a turn. */
const AT_ONCE = 16;

async function sealWhole(dataKey: Uint8Array, plain: Uint8Array): Promise<Buffer[]> {
  const frames = Math.max(1, Math.ceil(plain.length / FRAME_BYTES));
  const sealed: Buffer[] = [];
  for (let index = 0; index < frames; index++) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    const piece = plain.subarray(index * FRAME_BYTES, (index + 1) * FRAME_BYTES);
    sealed.push(...sealFrame(dataKey, index, piece, index === frames - 1 ? plain.length : undefined));
  }
  return sealed;
}

async function openWhole(key: string, dataKey: Uint8Array, stored: Uint8Array): Promise<Uint8Array> {
  const layout = layoutOf(stored.length);
  if (layout === undefined) throw damagedFrame(key, Math.floor(Math.max(0, stored.length - HEADER_BYTES) / SEALED_BYTES));
  const plain: Buffer[] = [];
  for (let index = 0; index < layout.frames; index++) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    const from = HEADER_BYTES + index * SEALED_BYTES;
    const total = index === layout.frames - 1 ? layout.bytes : undefined;
    plain.push(proven(key, index, openFrame(dataKey, index, stored.subarray(from, from + SEALED_BYTES), total)));
  }
  return plain.length === 1 ? plain[0]! : Buffer.concat(plain);
}

async function* opened(key: string, dataKey: Uint8Array, body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  for await (const { piece, index, last } of piecesOf(body, SEALED_BYTES)) {
    const total = last ? layoutOf(HEADER_BYTES + index * SEALED_BYTES + piece.length)?.bytes : undefined;
    if (last && total === undefined) throw damagedFrame(key, index);
    const plain = proven(key, index, openFrame(dataKey, index, piece, total));
    if (plain.length > 0) yield plain;
  }
}

function proven(key: string, index: number, plain: Buffer | undefined): Buffer {
  if (plain === undefined) throw damagedFrame(key, index);
  return plain;
}

interface Piece {
  /** good until the next one is asked for */
  piece: Buffer;
  index: number;
  last: boolean;
}

/** What arrives, in pieces of `size` bytes; the last one may be shorter, and is empty only when nothing arrived at all. */
async function* piecesOf(source: AsyncIterable<Uint8Array | string>, size: number): AsyncIterable<Piece> {
  const buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  let index = 0;
  for await (const arrived of source) {
    const chunk = typeof arrived === "string" ? Buffer.from(arrived) : arrived;
    for (let at = 0; at < chunk.length; ) {
      if (filled === size) {
        yield { piece: buffer, index: index++, last: false };
        filled = 0;
      }
      const take = Math.min(size - filled, chunk.length - at);
      buffer.set(chunk.subarray(at, at + take), filled);
      filled += take;
      at += take;
    }
  }
  yield { piece: buffer.subarray(0, filled), index, last: true };
}

async function atLeast(bytes: number, chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let front = Buffer.alloc(0);
  while (front.length < bytes) {
    const { done, value } = await chunks.next();
    if (done) break;
    front = Buffer.concat([front, value]);
  }
  return front;
}

async function* resumed(first: Buffer, rest: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

async function headerOf(path: string): Promise<Uint8Array> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
