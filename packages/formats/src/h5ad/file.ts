import type { DataFile } from "@omicselector2/contracts/frames";
import h5wasm, { type Dataset, type Entity, type Group, type File as H5File } from "h5wasm/node";
import { IngestError } from "../errors.ts";
import { throughFrames, type Watched } from "./encrypted-file.ts";

export type { Dataset, Group, H5File };

/** Largest piece of a matrix that is read or written at once: HDF5 runs inside a WASM heap that never shrinks. */
export const SLICE_BYTES = 64 * 2 ** 20;

/** The same where narrow pieces cost nothing more: values that lie in memory, or in the chunks that we wrote. */
export const NARROW_SLICE_BYTES = 8 * 2 ** 20;

/** Opens an HDF5 file on the disk, in place. @throws IngestError  it is none */
export async function openFile(path: string, mode: "r" | "w"): Promise<H5File> {
  await h5wasm.ready;
  return openReady(path, mode);
}

/**
 * What `use` reads of an HDF5 file that is closed afterwards; an encrypted one is decrypted where it is read, in memory.
 * @throws IngestError  it is no HDF5 file; BlobDamaged  it is not what was stored
 */
export async function withFile<T>(data: DataFile, use: (file: H5File) => T): Promise<T> {
  if (typeof data === "string") return closing(await openFile(data, "r"), use);
  const watched: Watched = { fault: undefined };
  try {
    const file = await throughFrames(data, watched, () => openReady(data.path, "r"));
    const found = closing(file, use);
    // HDF5 may go on where a read failed, with whatever lay in its memory.
    if (watched.fault !== undefined) throw watched.fault;
    return found;
  } catch (error) {
    throw watched.fault ?? error;
  }
}

function closing<T>(file: H5File, use: (file: H5File) => T): T {
  try {
    return use(file);
  } finally {
    file.close();
  }
}

function openReady(path: string, mode: "r" | "w"): H5File {
  const file = new h5wasm.File(path, mode);
  if (file.file_id >= 0n && file.file_id !== undefined) return file;
  if (mode === "w") throw new IngestError("output", `cannot write ${path}`, "Check that the folder exists and has room.");
  throw new IngestError(
    "truncated",
    "the HDF5 file cannot be opened: it is damaged or part of it is missing",
    "Upload the file again, whole.",
  );
}

export function isGroup(entity: unknown): entity is Group {
  return entity instanceof h5wasm.Group;
}

export function isDataset(entity: unknown): entity is Dataset {
  return entity instanceof h5wasm.Dataset;
}

/** Member of a group, null when it is not there. */
export function member(group: Group, name: string): Entity | null {
  return group.keys().includes(name) ? group.get(name) : null;
}

/** Value of an attribute, undefined when it is not there. */
export function attribute(of: Group | Dataset, name: string): unknown {
  const attr = of.attrs[name];
  return attr === undefined ? undefined : attr.value;
}

/** Numbers of whatever width as float64. Big integers above 2^53 lose their last digits. */
export function asNumbers(value: unknown): Float64Array {
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Float64Array.from(value, Number);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Float64Array.from(value as unknown as ArrayLike<number>);
  throw new IngestError("h5ad_layout", "numbers were expected where the file holds something else", "Write the file again with anndata.");
}

export function asFloat32(value: unknown): Float32Array {
  return value instanceof Float32Array ? value : Float32Array.from(asNumbers(value));
}

/** One dimension or more of a dataset. */
export function shapeOf(dataset: Dataset): number[] {
  return dataset.shape ?? [];
}
