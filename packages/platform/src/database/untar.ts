import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const block = 512;

/** Lays out a tar archive of plain files and folders, as PGlite dumps them, below `folder`. */
export async function untar(archive: Uint8Array, folder: string): Promise<void> {
  const made = new Set<string>();
  const makeFolder = async (path: string) => {
    if (!made.has(path)) await mkdir(path, { recursive: true, mode: 0o700 });
    made.add(path);
  };
  for (let at = 0; at + block <= archive.length && archive[at] !== 0; ) {
    const name = [field(archive, at + 345, 155), field(archive, at, 100)].filter((part) => part !== "").join("/");
    const size = Number.parseInt(field(archive, at + 124, 12), 8) || 0;
    const type = field(archive, at + 156, 1);
    if (name.split("/").includes("..")) throw new Error(`the archive names ${name}, which lies outside of it`);
    const path = join(folder, name);
    if (type === "5") {
      await makeFolder(path);
    } else {
      await makeFolder(dirname(path));
      await writeFile(path, archive.subarray(at + block, at + block + size), { mode: 0o600 });
    }
    at += block + Math.ceil(size / block) * block;
  }
}

function field(archive: Uint8Array, start: number, length: number): string {
  const bytes = archive.subarray(start, start + length);
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end))
    .toString("utf8")
    .trim();
}
