import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

/** Copies of blobs on the local disk, kept for the next reader as long as there is room. */
export interface LocalCopies {
  /**
   * @param name   what the copy is of; two of the same name have the same contents
   * @param fetch  writes a new file at `path`
   */
  take(name: string, fetch: (path: string) => Promise<void>): Promise<{ path: string; release(): Promise<void> }>;
}

interface Copy {
  readonly path: string;
  bytes: number;
  readers: number;
  used: number;
}

/**
 * @param folder  made when it is not there; other processes may use it too: a name appears when the file is whole
 * @param most    bytes; copies that are being read stay, whatever they take
 */
export async function openLocalCopies(folder: string, most: number): Promise<LocalCopies> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const copies = await present(folder);
  const fetching = new Map<string, Promise<Copy>>();

  const bring = async (name: string, fetch: (path: string) => Promise<void>): Promise<Copy> => {
    const beside = join(folder, `${name}.${randomUUID()}.part`);
    try {
      await fetch(beside);
      const path = join(folder, name);
      await rename(beside, path);
      const copy: Copy = { path, bytes: (await stat(path)).size, readers: 0, used: Date.now() };
      copies.set(name, copy);
      return copy;
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  };

  const find = async (name: string, fetch: (path: string) => Promise<void>): Promise<Copy> => {
    const known = copies.get(name);
    // Another process that shares the folder may have made room.
    if (known !== undefined && (await stat(known.path).catch(() => undefined)) !== undefined) return known;
    const running = fetching.get(name) ?? bring(name, fetch).finally(() => fetching.delete(name));
    fetching.set(name, running);
    return await running;
  };

  const makeRoom = async (): Promise<void> => {
    let bytes = [...copies.values()].reduce((sum, copy) => sum + copy.bytes, 0);
    const oldest = [...copies].sort(([, a], [, b]) => a.used - b.used);
    for (const [name, copy] of oldest) {
      if (bytes <= most) return;
      if (copy.readers > 0) continue;
      copies.delete(name);
      bytes -= copy.bytes;
      await rm(copy.path, { force: true });
    }
  };

  return {
    async take(name, fetch) {
      const copy = await find(name, fetch);
      copy.readers++;
      copy.used = Date.now();
      await utimes(copy.path, new Date(), new Date()).catch(() => undefined);
      await makeRoom();
      let released = false;
      const release = async () => {
        if (released) return;
        released = true;
        copy.readers--;
        await makeRoom();
      };
      return { path: copy.path, release };
    },
  };
}

/** What earlier processes left; halves older than a day were left by a crash. */
async function present(folder: string): Promise<Map<string, Copy>> {
  const found = new Map<string, Copy>();
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const file = await stat(path).catch(() => undefined);
    if (file === undefined) continue;
    if (!name.endsWith(".part")) found.set(name, { path, bytes: file.size, readers: 0, used: file.mtimeMs });
    else if (Date.now() - file.mtimeMs > 24 * 3600_000) await rm(path, { force: true });
  }
  return found;
}
