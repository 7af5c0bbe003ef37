import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { rest } from "@omicselector2/contracts";
import type { Finding } from "@omicselector2/formats";
import { type IngestLimits, ingestInChild } from "@omicselector2/formats/in-child";
import type { ServerDeps } from "@omicselector2/server";
import { type DatasetReader, machineMemory } from "@omicselector2/worker";
import { createSlots } from "./slots.ts";

/** Uploads that are parsed at a time; others wait, spooled. */
const AT_ONCE = 2;

/** Half of the memory for the two together: the rest is for who computes. */
const memoryMb = Math.max(1024, Math.floor(machineMemory() / 2 ** 20 / (2 * AT_ONCE)));

/**
 * A minute, and ten seconds for each MB, up to half an hour: fifty times what text takes that gzip made ten times smaller. A small
 * file that keeps HDF5 going for ever must not keep others waiting.
 */
export function limitsFor(bytes: number): IngestLimits {
  return { memoryMb, seconds: Math.min(1800, 60 + Math.ceil(bytes / 100_000)) };
}

/**
 * Reads uploads in processes of their own. What else the form holds is known only when the file has passed, and decides how
 * the file is read: so it is put on the disk first.
 */
export function createUploadIngest(reader: DatasetReader): ServerDeps["ingest"] {
  const slot = createSlots(AT_ONCE);
  return async ({ file, form, folder, signal }) => {
    const input = join(folder, "upload");
    await pipeline(file, createWriteStream(input, { flags: "wx", mode: 0o600 }), { signal });
    const { sampleSheet, orientation } = await form;
    const path = join(folder, "data.h5ad");
    const { size } = await stat(input);
    const report = await slot(() => ingestInChild({ input, sheet: sampleSheet?.path, orientation, output: path }, limitsFor(size), signal));
    const columns = await reader.describe(path);
    return {
      path,
      nSamples: report.n,
      nFeatures: report.p,
      contentHash: report.hash,
      doctor: report.doctor.findings.map(findingBody),
      ...columns,
    };
  };
}

function findingBody({ id, severity, title, detail, remedy, items, count }: Finding): rest.DoctorFinding {
  const message = detail === "" ? title : `${title}: ${detail}`;
  return { id, severity, message, remedy: remedy === "" ? null : remedy, title, detail, ...(items && { items }), ...(count && { count }) };
}
