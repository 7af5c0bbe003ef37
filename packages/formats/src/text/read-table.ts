import { IngestError } from "../errors.ts";
import { enoughToSniff, sniff } from "./sniff.ts";
import type { TextTable } from "./table.ts";
import { Tokenizer } from "./tokenizer.ts";

/** most bytes that are looked at to find the layout; a header of a million names fits */
const LONGEST_HEAD = 256 << 20;

/** Reads a text table from UTF-8 bytes as they arrive. @param keepAll  keep the spelling of every cell (sample sheets) */
export async function readTable(chunks: AsyncIterable<Uint8Array>, keepAll = false): Promise<TextTable> {
  let head: Uint8Array[] = [];
  let length = 0;
  let lookAgain = 1 << 16;
  let tokenizer: Tokenizer | undefined;
  for await (const chunk of chunks) {
    if (tokenizer) {
      tokenizer.push(chunk);
      continue;
    }
    head.push(chunk);
    length += chunk.length;
    if (length < lookAgain) continue;
    const bytes = Buffer.concat(head);
    if (enoughToSniff(bytes) || length > LONGEST_HEAD) tokenizer = begin(bytes, false, keepAll);
    head = tokenizer ? [] : [bytes];
    lookAgain = 2 * length;
  }
  tokenizer ??= begin(Buffer.concat(head), true, keepAll);
  const table = tokenizer.finish();
  if (table.rows === 0) {
    throw new IngestError(
      "no_samples",
      "the file has a header and no lines below it",
      "Upload a table with a header line and one line per sample.",
    );
  }
  return table;
}

function begin(head: Uint8Array, whole: boolean, keepAll: boolean): Tokenizer {
  const dialect = sniff(head, whole);
  if (keepAll) dialect.keep.fill(true);
  const tokenizer = new Tokenizer(dialect);
  tokenizer.push(head.subarray(dialect.headerBytes));
  return tokenizer;
}
