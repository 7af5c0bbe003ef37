import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";

/** What the environment says, read once; nobody else looks at the environment. */
export interface Config {
  /** what it stands on when it is one of many; null: embedded, on a data folder of its own */
  cluster: ClusterConfig | null;
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
  /** proxies before the server whose X-Forwarded-For is believed; 0: none */
  trustProxy: number;
  /** who reads /metrics must send it as a bearer token; null: anybody who reaches the port */
  metricsToken: string | null;
  /** where a worker answers /health, /ready and /metrics; 0: nowhere */
  metricsPort: number;
  /** seconds that a server which was told to stop still takes requests, saying on /ready that it goes */
  drainSeconds: number;
  /** where traces go, as in http://collector:4318; null: nowhere */
  otlpEndpoint: string | null;
  /** hours after its start at which a job is failed */
  jobHours: number;
}

/** Services that all processes of a cluster share. */
export interface ClusterConfig {
  /** postgres://user:password@host:5432/name */
  databaseUrl: string;
  /** redis://:password@host:6379/0, or rediss:// */
  redisUrl: string;
  s3: S3Config;
  /** the same in every process: signs tokens and wraps the keys of blobs; at least 32 characters */
  secret: string;
}

export interface S3Config {
  /** https://host:9000 */
  endpoint: string;
  accessKey: string;
  secretKey: string;
  bucket: string;
  region: string;
  /** asked of the store for each object, beside our own encryption; null: nothing */
  sse: "AES256" | "aws:kms" | null;
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

const urlOf = (protocol: RegExp) => z.string().refine((text) => URL.canParse(text) && protocol.test(new URL(text).protocol));
const httpUrl = urlOf(/^https?:$/);

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
  TRUST_PROXY: { schema: whole(0, 10).default(0), must: "the number of proxies before the server, 0 to 10" },
  METRICS_TOKEN: { schema: z.string().min(16).optional(), must: "at least 16 characters", secret: true },
  METRICS_PORT: { schema: whole(0, 65_535).default(0), must: "a whole number from 0 to 65535" },
  DRAIN_SECONDS: { schema: whole(0, 20).optional(), must: "a whole number of seconds from 0 to 20" },
  OTEL_EXPORTER_OTLP_ENDPOINT: { schema: httpUrl.optional(), must: "a URL such as http://collector:4318" },
  JOB_HOURS: { schema: whole(1, 720).default(48), must: "a whole number of hours from 1 to 720" },
  DATABASE_URL: {
    schema: urlOf(/^postgres(ql)?:$/).optional(),
    must: "a URL such as postgres://user:password@host:5432/name",
    secret: true,
  },
  REDIS_URL: { schema: urlOf(/^rediss?:$/).optional(), must: "a URL such as redis://:password@host:6379", secret: true },
  MINIO_ENDPOINT: {
    schema: z
      .string()
      .transform((text) => (/^https?:\/\//.test(text) ? text : `http://${text}`))
      .pipe(httpUrl)
      .optional(),
    must: "an address such as minio:9000 or https://s3.example.org",
  },
  MINIO_ACCESS_KEY: { schema: z.string().optional(), must: "a text", secret: true },
  MINIO_SECRET_KEY: { schema: z.string().optional(), must: "a text", secret: true },
  S3_BUCKET: {
    schema: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
      .optional(),
    must: "the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens",
  },
  S3_REGION: {
    schema: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .default("us-east-1"),
    must: "a region such as us-east-1",
  },
  S3_SSE: { schema: z.enum(["AES256", "aws:kms"]).optional(), must: "AES256 or aws:kms" },
  SECRET_KEY: {
    schema: z.string().min(32).refine(hasEntropy).optional(),
    must: "at least 32 random characters: openssl rand -hex 32",
    secret: true,
  },
} as const satisfies Record<string, { schema: z.ZodType; must: string; secret?: true }>;

/** For checking the documentation, and what is under deploy/, against what is read here. */
export const configVariables: Readonly<Record<string, { readonly schema: z.ZodType; readonly must: string; readonly secret?: true }>> =
  variables;

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
  TRUST_PROXY: variables.TRUST_PROXY.schema,
  METRICS_TOKEN: variables.METRICS_TOKEN.schema,
  METRICS_PORT: variables.METRICS_PORT.schema,
  DRAIN_SECONDS: variables.DRAIN_SECONDS.schema,
  OTEL_EXPORTER_OTLP_ENDPOINT: variables.OTEL_EXPORTER_OTLP_ENDPOINT.schema,
  JOB_HOURS: variables.JOB_HOURS.schema,
  DATABASE_URL: variables.DATABASE_URL.schema,
  REDIS_URL: variables.REDIS_URL.schema,
  MINIO_ENDPOINT: variables.MINIO_ENDPOINT.schema,
  MINIO_ACCESS_KEY: variables.MINIO_ACCESS_KEY.schema,
  MINIO_SECRET_KEY: variables.MINIO_SECRET_KEY.schema,
  S3_BUCKET: variables.S3_BUCKET.schema,
  S3_REGION: variables.S3_REGION.schema,
  S3_SSE: variables.S3_SSE.schema,
  SECRET_KEY: variables.SECRET_KEY.schema,
});
type Values = z.output<typeof schema>;

/**
 * @param env  `process.env`; an empty value counts as none
 * @throws ConfigError
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  refuseHalfACluster(given);
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const name = String(parsed.error.issues[0]!.path[0]) as keyof typeof variables;
    // What is wrong with a secret is said without it.
    const shown = "secret" in variables[name] ? "" : `, it is ${JSON.stringify(given[name])}`;
    throw new ConfigError(`${name} must be ${variables[name].must}${shown}`);
  }
  const values = parsed.data;
  return {
    cluster: clusterOf(values),
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
    trustProxy: values.TRUST_PROXY,
    metricsToken: values.METRICS_TOKEN ?? null,
    metricsPort: values.METRICS_PORT,
    // Alone it has no balancer before it that must first hear of it.
    drainSeconds: values.DRAIN_SECONDS ?? (values.DATABASE_URL === undefined ? 0 : 5),
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
    jobHours: values.JOB_HOURS,
  };
}

/**
 * Where the database is, for who needs nothing else of a cluster: DATABASE_URL, or else the data folder.
 * @throws ConfigError
 */
export function readDatabasePlace(env: Readonly<Record<string, string | undefined>>): { url: string } | { dataDir: string } {
  const { DATABASE_URL, OMICSELECTOR_DATA_DIR } = env;
  if (!DATABASE_URL) return { dataDir: resolve(OMICSELECTOR_DATA_DIR || ".omicselector") };
  if (!variables.DATABASE_URL.schema.safeParse(DATABASE_URL).success) {
    throw new ConfigError(`DATABASE_URL must be ${variables.DATABASE_URL.must}`);
  }
  return { url: DATABASE_URL };
}

function clusterOf(values: Values): ClusterConfig | null {
  if (values.DATABASE_URL === undefined) return null;
  return {
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL!,
    s3: {
      endpoint: values.MINIO_ENDPOINT!,
      accessKey: values.MINIO_ACCESS_KEY!,
      secretKey: values.MINIO_SECRET_KEY!,
      bucket: values.S3_BUCKET!,
      region: values.S3_REGION,
      sse: values.S3_SSE ?? null,
    },
    secret: values.SECRET_KEY!,
  };
}

const clusterNeeds = ["DATABASE_URL", "REDIS_URL", "MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "S3_BUCKET", "SECRET_KEY"];
const clusterMay = ["S3_REGION", "S3_SSE"];

/** A node of a cluster that lacks one variable must not start on a database of its own, unseen by the others. */
function refuseHalfACluster(given: Record<string, unknown>): void {
  const set = [...clusterNeeds, ...clusterMay].filter((name) => name in given);
  const missing = clusterNeeds.filter((name) => !(name in given));
  if (set.length === 0 || missing.length === 0) return;
  const which = `${set.join(", ")} ${set.length === 1 ? "is" : "are"} set`;
  throw new ConfigError(`${which} without ${missing.join(", ")}: they come together; unset all of them to run embedded`);
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

/** `changeme...`, thirty-two times the same letter: nobody's secret. */
function hasEntropy(secret: string): boolean {
  return new Set(secret).size >= 10 && !/change|secret|password|example/i.test(secret);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}
