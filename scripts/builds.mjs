// What has to be built before anything runs, and when it is out of date.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { runProgram } from "../packages/cli/bin/pinned-node.js";

const root = dirname(import.meta.dirname);

/** One line per thing that is built: its script, what it is made from, the packages that make it. */
export const builds = [
  { name: "kernels", script: "packages/kernels/build.mjs", sources: ["packages/kernels/assembly"], makers: ["assemblyscript"] },
  {
    name: "database template",
    script: "packages/platform/build.mjs",
    sources: ["packages/platform/src/migrations", "packages/platform/src/schema.ts"],
    makers: ["@electric-sql/pglite"],
  },
];

/** The builds that are missing or older than their sources; a build whose script is not there does not exist. */
export function staleBuilds() {
  return builds.filter((build) => existsSync(join(root, build.script)) && readStamp(build) !== stampOf(build));
}

/** The first maker of a build that is not installed, or undefined. */
export function missingMaker(build) {
  return build.makers.find((name) => versionOf(build, name) === undefined);
}

/** Builds, and notes what from. @returns exit code */
export async function runBuild(node, build, env) {
  const stamp = stampOf(build);
  const code = await runProgram(node, [join(root, build.script)], { cwd: root, env });
  if (code === 0) {
    mkdirSync(dirname(stampFile(build)), { recursive: true });
    writeFileSync(stampFile(build), `${stamp}\n`);
  }
  return code;
}

function stampFile(build) {
  return join(root, dirname(build.script), "dist", ".stamp");
}

function readStamp(build) {
  return existsSync(stampFile(build)) ? readFileSync(stampFile(build), "utf8").trim() : undefined;
}

/** Hash over the script, the sources with their paths and the versions of the makers. */
function stampOf(build) {
  const hash = createHash("sha256");
  for (const file of [build.script, ...build.sources].flatMap(filesOf)) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  for (const name of build.makers) hash.update(`${name}@${versionOf(build, name)}\0`);
  return hash.digest("hex");
}

function filesOf(path) {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute)
    .sort()
    .flatMap((name) => filesOf(`${path}/${name}`));
}

function versionOf(build, name) {
  const folders = createRequire(join(root, build.script)).resolve.paths(name) ?? [];
  const manifest = folders.map((folder) => join(folder, name, "package.json")).find((path) => existsSync(path));
  return manifest && JSON.parse(readFileSync(manifest, "utf8")).version;
}
