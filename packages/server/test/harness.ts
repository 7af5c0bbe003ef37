import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describeMethod, EngineError, resolveConfig, selectorOf, selectors } from "@omicselector2/engine";
import { type Config, openPlatform, type Platform, readConfig } from "@omicselector2/platform";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { buildApp } from "../src/app.ts";
import type { IngestReport, IngestRequest, ServerDeps } from "../src/deps.ts";

/** A real platform in a temporary folder, and small stand-ins for what comes from other packages. */
export interface Harness {
  app: FastifyInstance;
  platform: Platform;
  /** uploads that ingest was given: name, bytes, sheet */
  ingested: { fileName: string; text: string; sheet: string | undefined; orientation: string | undefined; folder: string }[];
  user(name: string): Promise<Client>;
  anonymous: Client;
  close(): Promise<void>;
  /** the app anew on the same data */
  rebuild(): Promise<FastifyInstance>;
}

export interface Client {
  token: string | undefined;
  refreshToken: string | undefined;
  get(path: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  delete(path: string, body?: unknown): Promise<LightMyRequestResponse>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  patch(path: string, body: unknown): Promise<LightMyRequestResponse>;
  put(path: string): Promise<LightMyRequestResponse>;
  upload(parts: Part[], headers?: Record<string, string>): Promise<LightMyRequestResponse>;
}

export type Part = { name: string; value: string } | { name: string; file: string; content: string | Buffer };

export const table = "sample,group,GENE_1,GENE_2\ns1,a,1,2\ns2,b,3,4\n";
export const uploadParts = (name = "cohort"): Part[] => [
  { name: "name", value: name },
  { name: "data_type", value: "bulk_rna_seq" },
  { name: "file", file: "cohort.csv", content: table },
];

export const password = "securepassword";

export async function openHarness(
  overrides: Partial<Config> = {},
  deps: Partial<ServerDeps> = {},
  changes: (platform: Platform) => Partial<Platform> = () => ({}),
): Promise<Harness> {
  const dataDir = await mkdtemp(join(tmpdir(), "omicselector-server-"));
  const config: Config = { ...readConfig({ OMICSELECTOR_DATA_DIR: dataDir, LOG_LEVEL: "silent" }), rateLimit: false, ...overrides };
  const platform = await openPlatform(config);
  const ingested: Harness["ingested"] = [];
  const all: ServerDeps = { platform: { ...platform, ...changes(platform) }, ...fakes(ingested), ...deps };
  let app = await buildApp(all);
  const harness: Harness = {
    get app() {
      return app;
    },
    platform,
    ingested,
    async user(name) {
      const client = clientOf(() => app);
      const made = await client.post("/api/v1/auth/register", { email: `${name}@example.com`, username: name, password });
      if (made.statusCode !== 201) throw new Error(made.body);
      const { access_token, refresh_token } = (await client.post("/api/v1/auth/login", { username: name, password })).json();
      client.token = access_token;
      client.refreshToken = refresh_token;
      return client;
    },
    anonymous: clientOf(() => app),
    async rebuild() {
      await app.close();
      app = await buildApp(all);
      return app;
    },
    async close() {
      await app.close();
      await platform.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return harness;
}

function clientOf(app: () => FastifyInstance): Client {
  const send = (client: Client, options: InjectOptions, headers: Record<string, string> = {}) =>
    app().inject({
      ...options,
      headers: { ...(client.token === undefined ? {} : { authorization: `Bearer ${client.token}` }), ...headers },
    });
  return {
    token: undefined,
    refreshToken: undefined,
    get(path, headers) {
      return send(this, { method: "GET", url: path }, headers);
    },
    delete(path, body) {
      return send(this, { method: "DELETE", url: path, ...(body === undefined ? {} : { payload: body as object }) });
    },
    post(path, body, headers) {
      return send(this, { method: "POST", url: path, ...(body === undefined ? {} : { payload: body as object }) }, headers);
    },
    patch(path, body) {
      return send(this, { method: "PATCH", url: path, payload: body as object });
    },
    put(path) {
      return send(this, { method: "PUT", url: path });
    },
    upload(parts, headers) {
      const { payload, contentType } = multipart(parts);
      return send(this, { method: "POST", url: "/api/v1/data/upload", payload }, { "content-type": contentType, ...headers });
    },
  };
}

export function multipart(parts: readonly Part[], boundary = "----parts"): { payload: Buffer; contentType: string } {
  const pieces = parts.flatMap((part) => {
    const file = "file" in part ? `; filename="${part.file}"\r\nContent-Type: application/octet-stream` : "";
    const content = "file" in part ? part.content : part.value;
    return [`--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"${file}\r\n\r\n`, content, "\r\n"];
  });
  const payload = Buffer.concat(
    [...pieces, `--${boundary}--\r\n`].map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)),
  );
  return { payload, contentType: `multipart/form-data; boundary=${boundary}` };
}

/** Known by its shape alone, as the real one is to the server. */
export class IngestError extends Error {
  readonly code: string;
  readonly remedy: string;
  readonly row: number | undefined;
  readonly column: string | undefined;
  readonly sheet: boolean;
  constructor(code: string, message: string, remedy: string, place: { row?: number; column?: string; sheet?: boolean } = {}) {
    super(message);
    this.name = "IngestError";
    this.code = code;
    this.remedy = remedy;
    this.row = place.row;
    this.column = place.column;
    this.sheet = place.sheet === true;
  }
}

function fakes(ingested: Harness["ingested"]): Omit<ServerDeps, "platform"> {
  return {
    ingest: (request) => fakeIngest(request, ingested),
    async preview(_path, { rows, columns }) {
      const sample_ids = ["s1", "s2"].slice(0, rows);
      const feature_names = ["GENE_1", "GENE_2"].slice(0, columns);
      const values = sample_ids.map((_, i) => feature_names.map((_, j) => (j === 1 && i === 1 ? null : i + j)));
      return { n_samples: 2, n_features: 2, sample_ids, feature_names, values, sample_columns: { group: ["a", "b"].slice(0, rows) } };
    },
    summary: async () => ({
      n_samples: 2,
      n_features: 2,
      missing: { cells: 1, share: 0.25, complete_samples: 1, complete_features: 1, samples: [], features: [] },
      pca: { explained: [1], samples: ["s1", "s2"].map((id, i) => ({ id, coordinates: [1 - 2 * i] })) },
      pca_note: null,
    }),
    exportCsv: (_path, output) => writeFile(output, "sample_id,GENE_1\ns1,1\n"),
    async validateSelection({ methods, config, dataset }) {
      if (config.target_column === "missing") {
        throw new EngineError("target_unusable", "there is no column missing; there is group", ["config", "target_column"]);
      }
      const canonicalMethods = methods.map((name) => selectorOf(name).id);
      return {
        units: ["a", "b"].map((method) => ({ id: `select/full/${method}`, stage: 1, cost: 6.25 })),
        estimateBytes: 1e6,
        estimateSeconds: 12.5,
        queue: "high_priority",
        canonicalMethods,
        config: resolveConfig(config, dataset.nFeatures!),
      };
    },
    methods: () => selectors.map(({ id }) => describeMethod(id)),
  };
}

/** Does what its file says: REFUSE, BINARY, EARLY (refuses at the first bytes), SLOW, STUCK, else two samples of two features. */
async function fakeIngest(request: IngestRequest, ingested: Harness["ingested"]): Promise<IngestReport> {
  let text = "";
  for await (const chunk of request.file) {
    text += String(chunk);
    if (text.startsWith("EARLY")) throw new IngestError("not_a_matrix", "this is no table", "send a table");
  }
  const { sampleSheet, orientation } = await request.form;
  const sheet = sampleSheet === undefined ? undefined : await readText(sampleSheet.path);
  ingested.push({ fileName: request.fileName, text, sheet, orientation, folder: request.folder });
  if (sheet?.startsWith("REFUSE")) throw new IngestError("sheet_mismatch", "no name fits", "mend the sheet", { sheet: true });
  if (text.startsWith("REFUSE")) {
    throw new IngestError("not_a_number", '"abc" is no number', "mend the cell", { row: 7, column: "GENE_1" });
  }
  if (text.startsWith("SLOW")) await sleep(200);
  if (text.startsWith("STUCK")) await sleep(60_000, undefined, { signal: request.signal }).catch(() => request.signal.throwIfAborted());
  if (text.startsWith("BINARY")) throw new IngestError("binary_file", "this is a picture", "send CSV, TSV or h5ad");
  if (text.startsWith("BUG")) throw new TypeError("secret inside");
  const path = join(request.folder, "data.h5ad");
  await writeFile(path, `h5ad of ${text}`);
  return {
    path,
    nSamples: 2,
    nFeatures: 2,
    contentHash: "ab".repeat(32),
    doctor: [{ id: "class_sizes", severity: "warning", message: "one sample in a class", remedy: "add samples" }],
    classes: { a: 1, b: 1 },
    targetCandidates: ["group"],
    sampleColumns: ["group"],
  };
}

async function readText(path: string): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return await readFile(path, "utf8");
}
