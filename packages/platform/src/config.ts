import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";

/** What the environment says, read once; nobody else looks at the environment. */
export interface Config {
  mode: "embedded";
  port: number;
  host: string;
  /** absolute */
  dataDir: string;
  corsOrigins: string[];
  /** threads that compute */
  threads: number;
  maxUploadBytes: number;
  quotaBytes: number;
  rateLimit: boolean;
  logLevel: (typeof logLevels)[number];
  /** PEM; null: plain HTTP */
  tls: { cert: string; key: string } | null;
}

/** One line that names the variable; never the value of a secret. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const GiB = 1024 ** 3;

const whole = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(from).max(to));

const units: Record<string, number> = { "": 1, K: 1024, M: 1024 ** 2, G: GiB, T: 1024 ** 4 };
const bytes = z
  .string()
  .regex(/^\d{1,15}(?:[KMGT]i?B?)?$/i)
  .transform((text) => Number.parseInt(text, 10) * units[(/[KMGT]/i.exec(text)?.[0] ?? "").toUpperCase()]!)
  .pipe(z.int().min(1));

const origins = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()))
  .pipe(z.array(z.string().refine(isOrigin)));

/** Each with what it must be, for the line that stops the start. */
const variables = {
  PORT: { schema: whole(0, 65_535).default(8000), must: "a whole number from 0 to 65535" },
  HOST: {
    schema: z
      .string()
      .regex(/^[\w.:%-]+$/)
      .default("127.0.0.1"),
    must: "an address or host name",
  },
  OMICSELECTOR_DATA_DIR: {
    schema: z
      .string()
      .regex(/^[^\0]+$/)
      .default(".omicselector"),
    must: "a folder",
  },
  CORS_ORIGINS: { schema: origins.default([]), must: "origins such as https://lab.example.org, separated by commas" },
  THREADS: { schema: whole(1, 1024).default(availableParallelism), must: "a whole number from 1 to 1024" },
  MAX_UPLOAD_BYTES: { schema: bytes.default(10 * GiB), must: "a number of bytes, such as 2147483648 or 2GiB" },
  QUOTA_BYTES: { schema: bytes.default(50 * GiB), must: "a number of bytes, such as 53687091200 or 50GiB" },
  RATE_LIMIT: { schema: z.enum(["on", "off"]).default("on"), must: "on or off" },
  LOG_LEVEL: { schema: z.enum(logLevels).default("info"), must: `one of ${logLevels.join(", ")}` },
  TLS_CERT: { schema: z.string().optional(), must: "a file" },
  TLS_KEY: { schema: z.string().optional(), must: "a file" },
} as const;

const schema = z.object({
  PORT: variables.PORT.schema,
  HOST: variables.HOST.schema,
  OMICSELECTOR_DATA_DIR: variables.OMICSELECTOR_DATA_DIR.schema,
  CORS_ORIGINS: variables.CORS_ORIGINS.schema,
  THREADS: variables.THREADS.schema,
  MAX_UPLOAD_BYTES: variables.MAX_UPLOAD_BYTES.schema,
  QUOTA_BYTES: variables.QUOTA_BYTES.schema,
  RATE_LIMIT: variables.RATE_LIMIT.schema,
  LOG_LEVEL: variables.LOG_LEVEL.schema,
  TLS_CERT: variables.TLS_CERT.schema,
  TLS_KEY: variables.TLS_KEY.schema,
});

/**
 * @param env  `process.env`; an empty value counts as none
 * @throws ConfigError
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  refuseCluster(given);
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const name = String(parsed.error.issues[0]!.path[0]) as keyof typeof variables;
    throw new ConfigError(`${name} must be ${variables[name].must}, it is ${JSON.stringify(given[name])}`);
  }
  const values = parsed.data;
  return {
    mode: "embedded",
    port: values.PORT,
    host: values.HOST,
    dataDir: resolve(values.OMICSELECTOR_DATA_DIR),
    corsOrigins: values.CORS_ORIGINS,
    threads: values.THREADS,
    maxUploadBytes: values.MAX_UPLOAD_BYTES,
    quotaBytes: values.QUOTA_BYTES,
    rateLimit: values.RATE_LIMIT === "on",
    logLevel: values.LOG_LEVEL,
    tls: readTls(values.TLS_CERT, values.TLS_KEY),
  };
}

const clusterNeeds = ["DATABASE_URL", "REDIS_URL", "MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "S3_BUCKET", "SECRET_KEY"];
const clusterMay = ["S3_REGION", "S3_SSE"];

/** A node of a cluster that lacks one variable must not start on a database of its own, unseen by the others. */
function refuseCluster(given: Record<string, unknown>): void {
  const set = [...clusterNeeds, ...clusterMay].filter((name) => name in given);
  if (set.length === 0) return;
  const missing = clusterNeeds.filter((name) => !(name in given));
  const which = `${set.join(", ")} ${set.length === 1 ? "is" : "are"} set`;
  if (missing.length > 0) {
    throw new ConfigError(`${which} without ${missing.join(", ")}: they come together; unset all of them to run embedded`);
  }
  throw new ConfigError(`${which}, but this release runs embedded only: unset all of them`);
}

function readTls(cert: string | undefined, key: string | undefined): Config["tls"] {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined) throw new ConfigError("TLS_KEY is set without TLS_CERT: set both, or neither for plain HTTP");
  if (key === undefined) throw new ConfigError("TLS_CERT is set without TLS_KEY: set both, or neither for plain HTTP");
  return { cert: readPem("TLS_CERT", cert), key: readPem("TLS_KEY", key) };
}

function readPem(name: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(`${name} names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`);
  }
  if (!text.includes("-----BEGIN ")) throw new ConfigError(`${name} names a file that is not in PEM format`);
  return text;
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}
