import { access, constants } from "node:fs/promises";
import { totalmem } from "node:os";
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
  }
}

/** The command line is the user's own machine: nearly all of it, for as long as it takes. */
const ingestLimits = { memoryMb: Math.floor((0.8 * totalmem()) / 2 ** 20), seconds: 24 * 3600 };
