import { access, constants, mkdir, stat } from "node:fs/promises";
import { totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import type { IngestReport } from "@omicselector2/formats";
import { ingestInChild } from "@omicselector2/formats/in-child";
import { Fault } from "./fault.ts";

/** Reads a user's file into a canonical data.h5ad, in a process of its own. @throws Fault, IngestError */
export async function ingestFile(
  input: string,
  { sheet, output, signal }: { sheet?: string | undefined; output: string; signal?: AbortSignal },
): Promise<IngestReport> {
  await requireFiles(input, sheet);
  return ingestInChild({ input, sheet, output }, ingestLimits, signal);
}

/** @throws Fault  naming the file that cannot be read */
export async function requireFiles(...paths: (string | undefined)[]): Promise<void> {
  for (const path of paths.filter((each) => each !== undefined)) {
    await access(path, constants.R_OK).catch(() => {
      throw new Fault(`${path} cannot be read: check that the file exists`);
    });
    if ((await stat(path)).isDirectory()) throw new Fault(`${path} is a folder: name the file in it`);
  }
}

/** Before the work, not after it: can this folder be made, or written to? Makes nothing yet. @throws Fault  naming it */
export async function requireWritable(folder: string): Promise<void> {
  let path = resolve(folder);
  let present = await stat(path).catch(() => undefined);
  while (present === undefined && dirname(path) !== path) {
    path = dirname(path);
    present = await stat(path).catch(() => undefined);
  }
  const writable = await access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (present?.isDirectory() !== true || !writable) throw noFolder(folder);
}

/** Step by step: where a file system makes no folders (/proc), the recursive mkdir of Node never returns. @throws Fault */
export async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder);
  if ((await stat(path).catch(() => undefined))?.isDirectory() === true) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path).catch(() => {
    throw noFolder(folder);
  });
}

const noFolder = (folder: string) => new Fault(`${folder} is no folder that can be written to: name another`);

/** The command line is the user's own machine: nearly all of it, for as long as it takes. */
const ingestLimits = { memoryMb: Math.floor((0.8 * totalmem()) / 2 ** 20), seconds: 24 * 3600 };
