import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sharedData, WITHOUT_DATA } from "../../../../fixtures/data.ts";
import { ingest } from "../ingest.ts";
import { exportCsv } from "./export.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "formats-export-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function roundTrip(input: string | Buffer) {
  const source = typeof input === "string" ? input : [input];
  const data = join(folder, "data.h5ad");
  const csv = join(folder, "data.csv");
  const first = await ingest({ input: typeof source === "string" ? source : once(source[0]!), output: data });
  await exportCsv(data, csv);
  const second = await ingest({ input: csv, output: join(folder, "again.h5ad") });
  return { first, second, text: await readFile(csv, "utf8") };
}

async function* once(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes;
}

test("a line for each sample: name, what is known, values; names are quoted where they must be", async () => {
  const { text } = await roundTrip(Buffer.from('sample_id,class,"a,1","say ""b"""\ns1,x,0.1,NA\ns2,,-3e-9,16777216\ns3,y,1,2\n'));
  expect(text).toBe('sample_id,class,"a,1","say ""b"""\ns1,x,0.1,\ns2,,-3e-9,16777216\ns3,y,1,2\n');
});

for (const name of ["human_cachexia/human_cachexia.csv", "breast_tumors_paired/breast_tumors_paired.csv", "khan_srbct/srbct.csv.gz"]) {
  const path = sharedData(name);
  test.skipIf(path === undefined)(`${name} comes back the same${path === undefined ? ` (${WITHOUT_DATA})` : ""}`, async () => {
    const { first, second } = await roundTrip(path!);
    expect(second).toMatchObject({ n: first.n, p: first.p, hash: first.hash });
  });
}
