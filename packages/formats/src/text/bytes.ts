import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { IngestError } from "../errors.ts";

/** Where an upload comes from: a path, or bytes as they arrive. */
export type Source = string | AsyncIterable<Uint8Array>;

export type Opened = { kind: "text"; chunks: AsyncIterable<Uint8Array> } | { kind: "hdf5" };

const HEAD = 4096;

/**
 * Looks at the first bytes and hands out UTF-8 text without byte order mark: unpacked when gzipped, decoded when UTF-16.
 * @throws IngestError  what is no text: pictures, spreadsheets, other archives
 */
export async function openSource(source: Source): Promise<Opened> {
  const bytes = typeof source === "string" ? createReadStream(source, { highWaterMark: 1 << 18 }) : source;
  const packed = await withHead(bytes);
  if (isHdf5(packed.head)) {
    await packed.end();
    return { kind: "hdf5" };
  }
  const plain = isGzip(packed.head) ? await withHead(unzipped(packed.chunks)) : packed;
  try {
    refuseBinary(plain.head, plain !== packed);
  } catch (error) {
    await plain.end();
    throw error;
  }
  return { kind: "text", chunks: asUtf8(plain.head, plain.chunks) };
}

interface WithHead {
  /** the first bytes, fewer than HEAD only when there are no more */
  head: Uint8Array;
  /** everything, head included */
  chunks: AsyncIterable<Uint8Array>;
  /** lets go of the source */
  end(): Promise<void>;
}

async function withHead(source: AsyncIterable<Uint8Array>): Promise<WithHead> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < HEAD) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
    bytes += next.value.length;
  }
  async function* chunks(): AsyncIterable<Uint8Array> {
    try {
      yield* first.splice(0);
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  const head = Buffer.concat(first).subarray(0, HEAD);
  return { head, chunks: chunks(), end: async () => void (await iterator.return?.()) };
}

async function* unzipped(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const input = Readable.from(chunks, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  input.on("error", (error) => gunzip.destroy(error));
  input.pipe(gunzip);
  try {
    yield* gunzip;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "Z_BUF_ERROR") {
      throw new IngestError("truncated", "the gzipped file ends in the middle: part of it is missing", "Upload the file again, whole.");
    }
    if (code.startsWith("Z_")) {
      throw new IngestError("truncated", `the gzipped file is damaged (${(error as Error).message})`, "Pack it again and upload it whole.");
    }
    throw error;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

function startsWith(head: Uint8Array, ...bytes: number[]): boolean {
  return bytes.every((byte, i) => head[i] === byte);
}

function isGzip(head: Uint8Array): boolean {
  return startsWith(head, 0x1f, 0x8b);
}

function isHdf5(head: Uint8Array): boolean {
  return startsWith(head, 0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
}

function isUtf16(head: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (startsWith(head, 0xff, 0xfe)) return "utf-16le";
  if (startsWith(head, 0xfe, 0xff)) return "utf-16be";
  // no mark: text of Western letters has every other byte 0
  const pairs = Math.min(32, head.length >> 1);
  if (pairs < 4) return undefined;
  let low = 0;
  let high = 0;
  for (let k = 0; k < pairs; k++) {
    if (head[2 * k] === 0) high++;
    if (head[2 * k + 1] === 0) low++;
  }
  return low === pairs && high === 0 ? "utf-16le" : high === pairs && low === 0 ? "utf-16be" : undefined;
}

const spreadsheet = "Open it in the spreadsheet program, choose Save as, CSV, and upload that.";
const known: { bytes: number[]; what: string; remedy: string }[] = [
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    what: "a zip archive or an Excel workbook (xlsx)",
    remedy: `${spreadsheet} A zip has to be unpacked first.`,
  },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], what: "an Excel workbook (xls)", remedy: spreadsheet },
  { bytes: [0x89, 0x50, 0x4e, 0x47], what: "a PNG picture", remedy: "Upload the table behind it as CSV." },
  { bytes: [0xff, 0xd8, 0xff], what: "a JPEG picture", remedy: "Upload the table behind it as CSV." },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: "a PDF document", remedy: "Upload the table behind it as CSV." },
  { bytes: [0x42, 0x5a, 0x68], what: "packed with bzip2", remedy: "Unpack it, or pack it with gzip." },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: "packed with xz", remedy: "Unpack it, or pack it with gzip." },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: "packed with zstd", remedy: "Unpack it, or pack it with gzip." },
  { bytes: [0x52, 0x44, 0x58], what: "an R data file", remedy: "In R: write.csv(x, file), then upload that file." },
  { bytes: [0x89, 0x48, 0x44, 0x46], what: "a gzipped HDF5 file", remedy: "Unpack it (gunzip) and upload the h5ad file itself." },
  { bytes: [0x1f, 0x8b], what: "gzipped twice", remedy: "Unpack it once." },
];

function refuseBinary(head: Uint8Array, unpacked: boolean): void {
  const where = unpacked ? "what is inside the gzip file" : "the file";
  const match = known.find(({ bytes }) => startsWith(head, ...bytes));
  if (match) throw new IngestError("binary_file", `${where} is ${match.what}, not a table as text`, match.remedy);
  if (isUtf16(head) !== undefined) return;
  const odd = head.findIndex((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27));
  if (odd >= 0) {
    throw new IngestError(
      "binary_file",
      `${where} is no text: byte ${odd + 1} is 0x${head[odd]!.toString(16).padStart(2, "0")}`,
      "Save the table as CSV, TSV or h5ad and upload that.",
    );
  }
}

async function* asUtf8(head: Uint8Array, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const encoding = isUtf16(head);
  if (encoding !== undefined) {
    const decoder = new TextDecoder(encoding);
    for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
    return;
  }
  let skip = startsWith(head, 0xef, 0xbb, 0xbf) ? 3 : 0;
  for await (const chunk of chunks) {
    const cut = Math.min(skip, chunk.length);
    skip -= cut;
    if (cut < chunk.length) yield cut === 0 ? chunk : chunk.subarray(cut);
  }
}
