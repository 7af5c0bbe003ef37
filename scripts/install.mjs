// Whether node_modules holds what package-lock.json says, and the installation where it does not.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pinnedPackage, runProgram } from "../packages/cli/bin/pinned-node.js";

const root = dirname(import.meta.dirname);

/**
 * Why packages have to be installed, or undefined where all is there. By content, not by time of change: a checkout that
 * only touches the lock must not throw a good installation away.
 * @param withDev  whether packages for development are needed too
 */
export function whyInstall(withDev) {
  const wanted = readJson("package-lock.json");
  const present = readJson(join("node_modules", ".package-lock.json"));
  if (wanted === undefined) return undefined;
  if (present === undefined) return "node_modules is missing";
  return differenceOf(wanted.packages, present.packages, withDev);
}

/** The first package of the lock that is not installed as the lock says. */
export function differenceOf(wanted, present, withDev, pinned = pinnedPackage) {
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.startsWith("node_modules/") || (!withDev && entry.dev)) continue;
    const there = present[path];
    if (there !== undefined && (there.version !== entry.version || there.integrity !== entry.integrity))
      return `${path} is of another version`;
    const mayBeAbsent = entry.optional === true && path !== `node_modules/${pinned}`;
    if (there === undefined && !mayBeAbsent) return `${path} is missing`;
  }
  return undefined;
}

/** Runs `npm ci` with the npm and the Node that started this. */
export function install() {
  // The Node behind `node` may lie in node_modules itself, which npm is about to replace.
  const node = process.env.npm_node_execpath ?? process.execPath;
  const args = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath;
  if (npm?.endsWith("npm-cli.js")) return runProgram(node, [npm, ...args], { cwd: root });
  return runProgram(process.platform === "win32" ? "npm.cmd" : "npm", args, { cwd: root, shell: process.platform === "win32" });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), "utf8"));
  } catch {
    return undefined;
  }
}
