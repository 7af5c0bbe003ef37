import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { listAudit, verifyAudit } from "@omicselector2/platform";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Client, type Harness, multipart, openHarness, type Part, table, uploadParts } from "./harness.ts";

let harness: Harness;
let client: Client;
const most = 300_000;

beforeAll(async () => {
  harness = await openHarness({ maxUploadBytes: most, quotaBytes: 2000 });
  client = await harness.user("anna");
});
afterAll(() => harness.close());

/** Whatever happened: no temporary file, no blob without a row. */
afterEach(async () => {
  const uploads = join(harness.platform.config.dataDir, "tmp", "uploads");
  expect(existsSync(uploads) ? readdirSync(uploads) : []).toEqual([]);
  const rows = (await client.get("/api/v1/data?size=100")).json().items.map(({ id }: { id: string }) => `datasets/${id}/data.h5ad`);
  expect((await harness.platform.blobs.list("datasets/")).map(({ key }) => key)).toEqual(rows.sort());
});

const count = async () => (await client.get("/api/v1/data")).json().total;
const file = (content: string | Buffer, name = "cohort.csv"): Part => ({ name: "file", file: name, content });
const fields: Part[] = [
  { name: "name", value: "cohort" },
  { name: "data_type", value: "mirna" },
];
const sheet: Part = { name: "sample_sheet", file: "sheet.csv", content: "sample,group\ns1,a\n" };
const orientation: Part = { name: "orientation", value: "samples_in_columns" };

test("parts come in any order", async () => {
  const parts = [file(table, "../../etc/cohort.csv"), sheet, orientation, ...fields];
  for (let first = 0; first < parts.length; first++) {
    const answer = await client.upload([...parts.slice(first), ...parts.slice(0, first)]);
    expect(answer.statusCode, answer.body).toBe(201);
    expect(harness.ingested.at(-1)).toMatchObject({
      fileName: "cohort.csv",
      text: table,
      sheet: "sample,group\ns1,a\n",
      orientation: "samples_in_columns",
    });
    await client.delete(`/api/v1/data/${answer.json().dataset_id}`);
  }
});

test("own metadata, what the file was, the download, the preview, the doctor", async () => {
  const metadata: Part = { name: "metadata", value: JSON.stringify({ platform: "Illumina HiSeq", normalization: "TPM" }) };
  const id = (await client.upload([...fields, metadata, file(table)])).json().dataset_id;
  const body = (await client.get(`/api/v1/data/${id}`)).json();
  expect(body.metadata).toMatchObject({
    platform: "Illumina HiSeq",
    normalization: "TPM",
    upload: { file_name: "cohort.csv", bytes: table.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  const download = await client.get(`/api/v1/data/${id}/download`);
  expect([download.statusCode, download.body]).toEqual([200, `h5ad of ${table}`]);
  expect(download.headers).toMatchObject({ "content-type": "application/x-hdf5", etag: `"${"ab".repeat(32)}"` });
  expect(download.headers["content-disposition"]).toContain('filename="cohort.h5ad"');
  const again = await client.get(`/api/v1/data/${id}/download`, { "if-none-match": String(download.headers.etag) });
  expect([again.statusCode, again.body]).toEqual([304, ""]);
  const csv = await client.get(`/api/v1/data/${id}/download?format=csv`);
  expect([csv.statusCode, csv.body, csv.headers["content-type"]]).toEqual([200, "sample_id,GENE_1\ns1,1\n", "text/csv; charset=utf-8"]);
  expect(csv.headers["content-disposition"]).toContain('filename="cohort.csv"');
  const csvAgain = await client.get(`/api/v1/data/${id}/download?format=csv`, { "if-none-match": String(csv.headers.etag) });
  expect([csvAgain.statusCode, csvAgain.body]).toEqual([304, ""]);
  expect((await client.get(`/api/v1/data/${id}/download?format=xlsx`)).json().errors).toMatchObject([{ path: "format" }]);
  const preview = (await client.get(`/api/v1/data/${id}/preview?rows=2&columns=2`)).json();
  expect(preview).toMatchObject({
    sample_ids: ["s1", "s2"],
    values: [
      [0, 1],
      [1, null],
    ],
    sample_columns: { group: ["a", "b"] },
  });
  expect((await client.get(`/api/v1/data/${id}/preview?rows=101`)).json().errors).toEqual([
    { path: "rows", message: "must be at most 100" },
  ]);
  const doctor = (await client.get(`/api/v1/data/${id}/doctor`)).json();
  expect(doctor).toMatchObject({ dataset_id: id, findings: [{ id: "class_sizes", severity: "warning", remedy: "add samples" }] });
  const patched = await client.patch(`/api/v1/data/${id}`, { name: "renamed", metadata: { platform: null, site: "Lodz" } });
  expect(patched.json()).toMatchObject({ name: "renamed", metadata: { site: "Lodz", normalization: "TPM", classes: { a: 1, b: 1 } } });
  expect(patched.json().metadata).not.toHaveProperty("platform");
  await client.delete(`/api/v1/data/${id}`);
});

describe("refused, and nothing is left", () => {
  const refusals: [string, Part[], number, string, string[]][] = [
    ["no file", fields, 422, "validation_failed", ["file"]],
    ["no name", [fields[1]!, file(table)], 422, "validation_failed", ["name"]],
    ["nothing at all", [], 422, "validation_failed", ["file"]],
    [
      "a bad data_type behind the file",
      [file(table), fields[0]!, { name: "data_type", value: "magic" }],
      422,
      "validation_failed",
      ["data_type"],
    ],
    ["a bad data_type before the file", [{ name: "data_type", value: "magic" }, file(table)], 422, "validation_failed", ["data_type"]],
    ["an unknown field", [...fields, { name: "colour", value: "red" }, file(table)], 422, "validation_failed", ["colour"]],
    ["an unknown file", [...fields, { name: "extra", file: "x", content: "x" }, file(table)], 422, "validation_failed", ["extra"]],
    ["two files", [...fields, file(table), file(table)], 422, "validation_failed", ["file"]],
    ["a name twice", [...fields, fields[0]!, file(table)], 422, "validation_failed", ["name"]],
    ["an empty name", [{ name: "name", value: "  " }, fields[1]!, file(table)], 422, "validation_failed", ["name"]],
    ["U+0000 in the name", [{ name: "name", value: "a\0b" }, fields[1]!, file(table)], 422, "invalid_text", ["name"]],
    ["metadata that are no JSON", [...fields, { name: "metadata", value: "{" }, file(table)], 422, "validation_failed", ["metadata"]],
    [
      "metadata of reserved names",
      [...fields, { name: "metadata", value: '{"doctor":1}' }, file(table)],
      422,
      "validation_failed",
      ["metadata"],
    ],
    ["a cell that is no number", [...fields, file("REFUSE")], 422, "upload_refused", ["file"]],
    [
      "a sheet that does not fit",
      [...fields, file(table), { ...sheet, content: "REFUSE" } as Part],
      422,
      "upload_refused",
      ["sample_sheet"],
    ],
    [
      "metadata nested without end",
      [...fields, { name: "metadata", value: `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}` }, file(table)],
      422,
      "validation_failed",
      ["metadata"],
    ],
    ["a picture", [...fields, file("BINARY")], 415, "unsupported_media_type", ["file"]],
    ["a large file refused at its first bytes", [...fields, file(`EARLY${"x".repeat(250_000)}`)], 422, "upload_refused", ["file"]],
    ["a file over the limit", [...fields, file("x".repeat(most + 1))], 413, "upload_too_large", []],
  ];
  test.each(refusals)("%s", async (_what, parts, status, code, at) => {
    const before = await count();
    const answer = await client.upload(parts);
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect((answer.json().errors ?? []).map(({ path }: { path: string }) => path)).toEqual(at);
    expect(await count()).toBe(before);
  });

  test("with row, column and remedy", async () => {
    const { row, column, remedy, detail, cause_code } = (await client.upload([...fields, file("REFUSE")])).json();
    expect({ row, column, remedy, detail, cause_code }).toEqual({
      row: 7,
      column: "GENE_1",
      remedy: "mend the cell",
      detail: '"abc" is no number',
      cause_code: "not_a_number",
    });
  });

  test("a fault of the program is 500 without its words", async () => {
    const answer = await client.upload([...fields, file("BUG")]);
    expect([answer.statusCode, answer.body.includes("secret")]).toEqual([500, false]);
  });

  test("what is no form", async () => {
    const answer = await client.post("/api/v1/data/upload", { name: "cohort" });
    expect([answer.statusCode, answer.json().code]).toEqual([415, "unsupported_media_type"]);
  });

  test("a form cut off in the middle", async () => {
    const { payload, contentType } = multipart([...fields, file("x".repeat(1000))]);
    const options = { method: "POST", url: "/api/v1/data/upload", payload: payload.subarray(0, 600) } as const;
    const answer = await harness.app.inject({
      ...options,
      headers: { "content-type": contentType, authorization: `Bearer ${client.token}` },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([422, "upload_incomplete"]);
  });

  test("a form without its boundary", async () => {
    const answer = await client.post("/api/v1/data/upload", "x", { "content-type": "multipart/form-data" });
    expect([answer.statusCode, answer.json().code]).toEqual([422, "validation_failed"]);
  });

  test("a full quota, before the file is read and after", async () => {
    const full = await harness.user("full");
    const big = [...fields, file("y".repeat(1500))];
    const first = await full.upload(big);
    expect(first.statusCode).toBe(201);
    const second = await full.upload(big);
    expect([second.statusCode, second.json().code]).toEqual([413, "quota_exceeded"]);
    await full.delete(`/api/v1/data/${first.json().dataset_id}`);
  });
});

describe("Prefer: respond-async", () => {
  const prefer = { prefer: "wait=5, respond-async" };
  const ended = async (id: string) => {
    for (;;) {
      const body = (await client.get(`/api/v1/data/${id}`)).json();
      if (body.status !== "ingesting") return body;
      await new Promise((done) => setTimeout(done, 20));
    }
  };

  test("202 when all has arrived, ready when it was read", async () => {
    const answer = await client.upload([...fields, { name: "metadata", value: '{"site":"Lodz"}' }, file(table)], prefer);
    expect([answer.statusCode, answer.headers["preference-applied"]]).toEqual([202, "respond-async"]);
    const { dataset_id: id, ...rest } = answer.json();
    expect([rest, answer.headers.location]).toEqual([{ name: "cohort", status: "ingesting" }, `/api/v1/data/${id}`]);
    expect(await ended(id)).toMatchObject({ status: "ready", n_samples: 2, metadata: { site: "Lodz", classes: { a: 1, b: 1 } } });
    await client.delete(`/api/v1/data/${id}`);
  });

  test("a file that is refused leaves a failed dataset with the reason, and no blob; a form that is refused leaves nothing", async () => {
    const { dataset_id: id } = (await client.upload([...fields, file("REFUSE")], prefer)).json();
    expect(await ended(id)).toMatchObject({ status: "failed", error_message: '"abc" is no number. mend the cell', n_samples: null });
    expect((await client.get(`/api/v1/data/${id}/preview`)).json()).toMatchObject({ status: 409, code: "dataset_not_ready" });
    expect((await client.delete(`/api/v1/data/${id}`)).statusCode).toBe(204);
    const before = await count();
    expect((await client.upload([fields[0]!, file(table)], prefer)).statusCode).toBe(422);
    expect(await count()).toBe(before);
  });

  test("one that is deleted while it is read leaves nothing", async () => {
    const { dataset_id: id } = (await client.upload([...fields, file(`SLOW${table}`)], prefer)).json();
    expect((await client.delete(`/api/v1/data/${id}`)).statusCode).toBe(204);
    await new Promise((done) => setTimeout(done, 400));
    expect((await client.get(`/api/v1/data/${id}`)).statusCode).toBe(404);
  });

  test("a server that closes ends the reading and says so", async () => {
    const { dataset_id: id } = (await client.upload([...fields, file(`STUCK${table}`)], prefer)).json();
    await harness.rebuild();
    expect(await ended(id)).toMatchObject({ status: "failed", error_message: expect.stringContaining("upload it again") });
    await client.delete(`/api/v1/data/${id}`);
  });
});

describe("over a real socket", () => {
  let port: number;
  beforeAll(async () => {
    await harness.app.listen({ port: 0, host: "127.0.0.1" });
    port = (harness.app.server.address() as { port: number }).port;
  });

  const open = (headers: Record<string, string | number>) =>
    httpRequest({
      port,
      host: "127.0.0.1",
      method: "POST",
      path: "/api/v1/data/upload",
      headers: { authorization: `Bearer ${client.token}`, ...headers },
    });

  test("a client that goes away leaves nothing", async () => {
    const { payload, contentType } = multipart([...fields, file("x".repeat(200_000))]);
    const request = open({ "content-type": contentType, "content-length": payload.length });
    request.on("error", () => undefined);
    request.write(payload.subarray(0, 100_000));
    const uploads = join(harness.platform.config.dataDir, "tmp", "uploads");
    await until(() => existsSync(uploads) && readdirSync(uploads).length === 1);
    request.destroy();
    await until(() => readdirSync(uploads).length === 0);
    expect(await count()).toBe(0);
  });

  test("a refusal reaches a client that is still sending", async () => {
    const { payload, contentType } = multipart([...fields, file(Buffer.alloc(40_000_000, "x"))]);
    const request = open({ "content-type": contentType, "content-length": payload.length });
    request.end(payload);
    const [answer] = await once(request, "response");
    answer.resume();
    expect(answer.statusCode).toBe(413);
    await once(answer, "end");
  });

  test("a length over the limit is refused before a byte is read", async () => {
    const request = open({ "content-type": "multipart/form-data; boundary=b", "content-length": 3e9 });
    request.on("error", () => undefined);
    request.flushHeaders();
    const [answer] = await once(request, "response");
    expect(answer.statusCode).toBe(413);
    request.destroy();
  });
});

test("writes and reads are in the audit log, which verifies", async () => {
  const id = (await client.upload(uploadParts())).json().dataset_id;
  await client.get(`/api/v1/data/${id}`);
  await client.delete(`/api/v1/data/${id}`);
  await harness.rebuild();
  const { items } = await listAudit(harness.platform.db, { page: 1, size: 100 });
  const of = items.filter(({ resource }) => resource === `datasets/${id}`);
  expect(of.map(({ action }) => action).sort()).toEqual(["dataset.create", "dataset.delete", "dataset.read"]);
  const actors = new Set(of.map(({ actor }) => actor));
  expect(actors.size).toBe(1);
  expect([...actors][0]).not.toBe((await client.get("/api/v1/auth/me")).json().id);
  expect(await verifyAudit(harness.platform.db)).toMatchObject({ ok: true });
});

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > end) throw new Error("it did not come about within 5 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
