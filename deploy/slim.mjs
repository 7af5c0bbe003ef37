// node deploy/slim.mjs FOLDER: takes out of an installed tree what a running server never reads.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = process.argv[2];
const modules = join(root, "node_modules");

// The image brings this Node itself.
for (const name of readdirSync(modules)) if (/^node-(linux|win|bin)-/.test(name)) rmSync(join(modules, name), { recursive: true });
rmSync(join(modules, ".package-lock.json"), { force: true });
slim(modules);

/** Maps of source code, types and sources that were compiled: for people, not for Node. */
function slim(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // Links lead to our own packages, whose TypeScript is what runs.
    if (entry.isSymbolicLink()) continue;
    if (entry.isDirectory()) slim(path);
    else if (/\.(?:map|d\.[cm]?ts|tsbuildinfo)$|(?<!\.d)\.[cm]?tsx?$|\.md$/i.test(entry.name) && !/^licen[cs]e/i.test(entry.name))
      rmSync(path);
  }
}
