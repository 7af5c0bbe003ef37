import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { BlobMissing, type BlobStore, type ListedBlob } from "../../ports/blob-store.ts";
import { checkKey, checkPrefix } from "./keys.ts";

/**
 * Blobs as files below `root`, under their keys. A blob is written to `root`/.tmp (no key begins with a dot),
 * forced to the disk, then renamed: its name never stands for half of it.
 * What lies in .tmp when the store is opened was left by a crash and goes; so one process owns `root`.
 */
export async function openFileBlobStore(root: string): Promise<BlobStore> {
  const base = resolve(root);
  const temporary = join(base, ".tmp");
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const pathOf = (key: string) => join(base, ...checkKey(key).split("/"));
  const openToRead = async (key: string) => await open(pathOf(key), "r").catch((error) => missing(error, key));

  const exists = async (key: string) => (await stat(pathOf(key)).catch(() => undefined))?.isFile() ?? false;

  return {
    exists,
    async put(key, body) {
      const path = pathOf(key);
      const beside = join(temporary, randomUUID());
      try {
        const bytes = await writeWhole(beside, body);
        await moveTo(beside, path);
        return { bytes };
      } catch (error) {
        await rm(beside, { force: true });
        throw error;
      }
    },
    async get(key) {
      return (await openToRead(key)).createReadStream();
    },
    async read(key) {
      const handle = await openToRead(key);
      try {
        return await handle.readFile();
      } catch (error) {
        return missing(error, key);
      } finally {
        await handle.close();
      }
    },
    async delete(key) {
      const path = pathOf(key);
      await rm(path, { force: true });
      await removeEmptyFolders(dirname(path), base);
    },
    async deletePrefix(prefix) {
      const folder = join(base, ...checkPrefix(prefix).slice(0, -1).split("/"));
      const gone = join(temporary, randomUUID());
      try {
        await rename(folder, gone);
      } catch (error) {
        if (isMissing(error)) return;
        throw error;
      }
      await rm(gone, { recursive: true, force: true });
      await removeEmptyFolders(dirname(folder), base);
    },
    async list(prefix) {
      const folder = join(base, ...checkPrefix(prefix).slice(0, -1).split("/"));
      const found = await filesBelow(folder, prefix);
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    async localFile(key) {
      const path = pathOf(key);
      if (!(await exists(key))) throw new BlobMissing(key);
      return { file: path, release: async () => undefined };
    },
    uri: (key) => `s3://${key}`,
  };
}

async function writeWhole(path: string, body: Readable | Uint8Array): Promise<number> {
  const handle = await open(path, "wx", 0o600);
  try {
    // Chunk by chunk: the next one is asked for when this one is written. Leaving the loop by an error destroys the stream.
    if (body instanceof Readable)
      for await (const chunk of body) await writeAll(handle, typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    else await writeAll(handle, body);
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, body: Uint8Array): Promise<void> {
  for (let at = 0; at < body.length; ) at += (await handle.write(body, at)).bytesWritten;
}

/** A delete next door may take an empty folder away between making and using it; then once more. */
async function moveTo(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    try {
      await rename(from, to);
      break;
    } catch (error) {
      if (attempt === 5 || !isMissing(error)) throw error;
    }
  }
  await syncFolder(dirname(to));
}

/** The name, too, must outlive a power cut; Windows cannot open folders and needs no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r").catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().finally(() => handle.close());
}

async function removeEmptyFolders(from: string, base: string): Promise<void> {
  for (let folder = from; folder !== base; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}

async function filesBelow(folder: string, prefix: string): Promise<ListedBlob[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const found: ListedBlob[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path, `${prefix}${entry.name}/`)));
    else if (entry.isFile()) found.push(await listed(path, `${prefix}${entry.name}`));
  }
  return found;
}

async function listed(path: string, key: string): Promise<ListedBlob> {
  const { size, mtime } = await stat(path);
  return { key, bytes: size, modifiedAt: mtime };
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function missing(error: unknown, key: string): never {
  if (isMissing(error) || (error as NodeJS.ErrnoException).code === "EISDIR") throw new BlobMissing(key);
  throw error;
}
