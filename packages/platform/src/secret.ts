import { randomBytes, randomUUID } from "node:crypto";
import { link, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "./config.ts";

/**
 * The secret of an embedded server: 32 random bytes as hex in the data folder, made once, for its owner's eyes only.
 * @throws ConfigError  others can read it, or it is not what this program wrote
 */
export async function loadSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, "secret");
  const found = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return await makeSecret(path);
  if (process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0) {
    throw new ConfigError(`${path} can be read by others: chmod 600 it; who has read it can read the stored files`);
  }
  const secret = found.trim();
  if (!/^[0-9a-f]{64}$/.test(secret))
    throw new ConfigError(`${path} does not hold a secret: bring it back from a backup; without it the stored files cannot be opened`);
  return secret;
}

// Written whole beside and linked into place: an existing one is never replaced, half a one never seen.
async function makeSecret(path: string): Promise<string> {
  const secret = randomBytes(32).toString("hex");
  const beside = `${path}.${randomUUID()}`;
  await writeFile(beside, `${secret}\n`, { mode: 0o600, flag: "wx", flush: true });
  try {
    await link(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
  return secret;
}
