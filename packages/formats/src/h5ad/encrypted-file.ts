import { readSync } from "node:fs";
import {
  damagedFrame,
  type EncryptedFile,
  FRAME_BYTES,
  HEADER_BYTES,
  layoutOf,
  openFrame,
  SEALED_BYTES,
} from "@omicselector2/contracts/frames";
import { FS, ready } from "h5wasm/node";

/**
 * Frames of a file that stay decrypted. A chunk of X is as large as a frame and lies across two: the second is asked for again with the
 * next band, after the eight chunks of this one that lie elsewhere.
 */
const KEPT_FRAMES = 12;

/** Random places of an encrypted file, decrypted frame by frame as they are asked for. Nothing of it touches the disk. */
export class FrameReader {
  readonly bytes: number;
  readonly #fd: number;
  readonly #file: EncryptedFile;
  readonly #frames: number;
  readonly #kept = new Map<number, Buffer>();
  /** one for all frames as stored: memory that is new costs as much as decrypting into it */
  readonly #stored = Buffer.allocUnsafeSlow(SEALED_BYTES);

  /** @param fd  the file, open; stays the caller's @param size  of the file @throws BlobDamaged  part of it is missing */
  constructor(fd: number, size: number, file: EncryptedFile) {
    const layout = layoutOf(size);
    if (layout === undefined) throw damagedFrame(file.key, Math.floor(Math.max(0, size - HEADER_BYTES) / SEALED_BYTES));
    this.#fd = fd;
    this.#file = file;
    this.#frames = layout.frames;
    this.bytes = layout.bytes;
    // The last frame alone knows how long the file is; a reader might never ask for it.
    this.#frame(layout.frames - 1);
  }

  /** Fills `out` from `position` on as far as the file goes. @returns bytes read @throws BlobDamaged */
  read(out: Uint8Array, position: number): number {
    const end = Math.min(this.bytes, position + out.length);
    for (let at = position; at < end; ) {
      const index = Math.floor(at / FRAME_BYTES);
      const from = at - index * FRAME_BYTES;
      const piece = this.#frame(index).subarray(from, from + end - at);
      out.set(piece, at - position);
      at += piece.length;
    }
    return Math.max(0, end - position);
  }

  #frame(index: number): Buffer {
    const found = this.#kept.get(index);
    const plain = found ?? this.#decrypt(index);
    this.#kept.delete(index);
    this.#kept.set(index, plain);
    if (this.#kept.size > KEPT_FRAMES) this.#kept.delete(this.#kept.keys().next().value!);
    return plain;
  }

  #decrypt(index: number): Buffer {
    const last = index === this.#frames - 1;
    const stored = this.#stored;
    let filled = 0;
    for (;;) {
      const got = readSync(this.#fd, stored, filled, stored.length - filled, HEADER_BYTES + index * SEALED_BYTES + filled);
      filled += got;
      if (got === 0 || filled === stored.length) break;
    }
    const plain = openFrame(this.#file.dataKey, index, stored.subarray(0, filled), last ? this.bytes : undefined);
    if (plain === undefined) throw damagedFrame(this.#file.key, index);
    return plain;
  }
}

/** What went wrong under HDF5, which tells of it only that a read failed. */
export interface Watched {
  fault: unknown;
}

let opening: { file: EncryptedFile; watched: Watched } | undefined;

/**
 * Whatever `open` opens of this file by its path is read through its frames until it is closed.
 * @param watched  gets what a read stumbles over, now or later
 */
export async function throughFrames<T>(file: EncryptedFile, watched: Watched, open: () => T): Promise<T> {
  await ready;
  intercept();
  opening = { file, watched };
  try {
    return open();
  } finally {
    opening = undefined;
  }
}

/** The parts of emscripten's file system on Node's own (NODERAWFS) that reading goes through; HDF5 calls them by these names. */
interface RawFs {
  open(path: string, flags: unknown, mode?: number): Stream;
  close(stream: Stream): void;
  fstat(fd: number): { size: number };
  read(stream: Stream, buffer: Int8Array, offset: number, length: number, position?: number): number;
  getStreamChecked(fd: number): Stream;
  ErrnoError: new (errno: number) => Error;
}

interface Stream {
  readonly fd: number;
  /** descriptor of the system */
  readonly nfd: number;
  position: number;
}

/** Input or output error, in WASI's numbers. */
const EIO = 29;

const readers = new WeakMap<Stream, { reader: FrameReader; watched: Watched }>();
let intercepted = false;

function intercept(): void {
  if (intercepted) return;
  intercepted = true;
  const fs = FS as unknown as RawFs;
  const { open, close, fstat, read } = fs;
  const watching = <T>(watched: Watched, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      // Thrown on, it would leave HDF5 in the middle of what it does.
      watched.fault ??= error;
      throw new fs.ErrnoError(EIO);
    }
  };
  fs.open = (path, flags, mode) => {
    const stream = open(path, flags, mode);
    // The path may come with a folder before it where it is not absolute in the way of Unix.
    if (!opening || !path.endsWith(opening.file.path)) return stream;
    const { file, watched } = opening;
    try {
      const reader = watching(watched, () => new FrameReader(stream.nfd, fstat(stream.fd).size, file));
      readers.set(stream, { reader, watched });
      return stream;
    } catch (error) {
      close(stream);
      throw error;
    }
  };
  fs.fstat = (fd) => {
    const stat = fstat(fd);
    const found = readers.get(fs.getStreamChecked(fd));
    if (found !== undefined) stat.size = found.reader.bytes;
    return stat;
  };
  fs.read = (stream, buffer, offset, length, position) => {
    const found = readers.get(stream);
    if (found === undefined) return read(stream, buffer, offset, length, position);
    const out = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
    const got = watching(found.watched, () => found.reader.read(out, position ?? stream.position));
    if (position === undefined) stream.position += got;
    return got;
  };
}
