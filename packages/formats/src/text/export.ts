import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DataFile } from "@omicselector2/contracts/frames";
import type { ObsColumn } from "../cohort.ts";
import { SLICE_BYTES } from "../h5ad/file.ts";
import { readColumnsInto, readInfo } from "../h5ad/read.ts";
import { CHUNK_ROWS } from "../h5ad/write.ts";
import { float32Text } from "./number.ts";

/**
 * Writes X of a canonical data.h5ad as CSV: a line for each sample, its name, what is known about it, then its values, each as short
 * as a float32 reads back from; missing ones are empty. Memory: a slice of at most 64 MiB and its text.
 */
export async function exportCsv(data: DataFile, output: string): Promise<void> {
  await pipeline(Readable.from(linesOf(data)), createWriteStream(output, { flags: "wx", mode: 0o600 }));
}

async function* linesOf(data: DataFile): AsyncIterable<string> {
  const { n, p, sampleIds, featureNames, obs } = await readInfo(data);
  yield `${[idHeading([...obs.map(({ name }) => name), ...featureNames]), ...obs.map(({ name }) => name), ...featureNames].map(quoted).join(",")}\n`;
  const most = Math.max(1, Math.min(CHUNK_ROWS, Math.floor(SLICE_BYTES / 4 / p)));
  for (let from = 0; from < n; from += most) {
    const rows = Uint32Array.from({ length: Math.min(most, n - from) }, (_, k) => from + k);
    const values = new Float32Array(rows.length * p);
    await readColumnsInto(data, "X", rows, undefined, (j) => values.subarray(j * rows.length, (j + 1) * rows.length));
    for (let k = 0; k < rows.length; k++) {
      const cells = [quoted(sampleIds[from + k]!), ...obs.map((column) => known(column, from + k))];
      for (let j = 0; j < p; j++) cells.push(numberText(values[j * rows.length + k]!));
      yield `${cells.join(",")}\n`;
    }
  }
}

function idHeading(taken: readonly string[]): string {
  let heading = "sample_id";
  while (taken.includes(heading)) heading = `_${heading}`;
  return heading;
}

function known(column: ObsColumn, i: number): string {
  if (column.kind === "categorical") return quoted(column.categories[column.codes[i]!] ?? "");
  return Number.isNaN(column.values[i]!) ? "" : String(column.values[i]!);
}

const numberText = (value: number): string => (Number.isNaN(value) ? "" : float32Text(value));

/** RFC 4180. */
function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
