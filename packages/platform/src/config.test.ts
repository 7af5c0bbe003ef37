import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../test/database.ts";
import { ConfigError, readConfig } from "./config.ts";

const folder = temporaryFolder();

/** The line that stops the start. */
function refusal(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).not.toContain("\n");
    return (error as Error).message;
  }
  return "accepted";
}

test("runs embedded with nothing set; an empty value counts as none", () => {
  const defaults = {
    cluster: null,
    port: 8000,
    host: "127.0.0.1",
    dataDir: resolve(".omicselector"),
    corsOrigins: [],
    threads: availableParallelism(),
    maxUploadBytes: 10 * 1024 ** 3,
    quotaBytes: 50 * 1024 ** 3,
    rateLimit: true,
    logLevel: "info",
    tls: null,
    trustProxy: 0,
    metricsToken: null,
    metricsPort: 0,
    drainSeconds: 0,
    otlpEndpoint: null,
    jobHours: 48,
  };
  expect(readConfig({})).toEqual(defaults);
  expect(readConfig({ PORT: "", DATABASE_URL: "", SECRET_KEY: "", TLS_CERT: "", HOST: undefined, HOME: "/home/x" })).toEqual(defaults);
});

test("takes what is set", () => {
  const config = readConfig({
    PORT: "0",
    HOST: "::1",
    OMICSELECTOR_DATA_DIR: "/data/with space",
    CORS_ORIGINS: "https://a.example, http://localhost:5173",
    THREADS: "3",
    MAX_UPLOAD_BYTES: "2GiB",
    QUOTA_BYTES: "1048576",
    RATE_LIMIT: "off",
    LOG_LEVEL: "warn",
    TRUST_PROXY: "1",
    METRICS_TOKEN: "0123456789abcdef",
    METRICS_PORT: "9100",
    DRAIN_SECONDS: "3",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318",
    JOB_HOURS: "12",
  });
  expect(config).toMatchObject({
    port: 0,
    host: "::1",
    dataDir: resolve("/data/with space"),
    threads: 3,
    rateLimit: false,
    logLevel: "warn",
  });
  expect(config).toMatchObject({
    corsOrigins: ["https://a.example", "http://localhost:5173"],
    maxUploadBytes: 2 ** 31,
    quotaBytes: 2 ** 20,
    trustProxy: 1,
    metricsToken: "0123456789abcdef",
    metricsPort: 9100,
    drainSeconds: 3,
    otlpEndpoint: "http://collector:4318",
    jobHours: 12,
  });
});

test.each([
  ["PORT", "80a"],
  ["PORT", "65536"],
  ["PORT", "-1"],
  ["PORT", "8000.5"],
  ["HOST", "not a host"],
  ["CORS_ORIGINS", "*"],
  ["CORS_ORIGINS", "https://a.example/path"],
  ["CORS_ORIGINS", "https://a.example,"],
  ["THREADS", "0"],
  ["THREADS", "all"],
  ["MAX_UPLOAD_BYTES", "2 potatoes"],
  ["MAX_UPLOAD_BYTES", "0"],
  ["QUOTA_BYTES", "-5"],
  ["RATE_LIMIT", "no"],
  ["LOG_LEVEL", "loud"],
  ["TRUST_PROXY", "all"],
  ["TRUST_PROXY", "11"],
  ["METRICS_PORT", "70000"],
  ["DRAIN_SECONDS", "21"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector"],
  ["JOB_HOURS", "0"],
])("names a wrong %s and what it is", (name, value) => {
  const line = refusal({ [name]: value });
  expect(line).toMatch(new RegExp(`^${name} must be `));
  expect(line).toContain(JSON.stringify(value));
});

const secret = "f3a91c07d2e84b56a0c1984e7b6d25ff";
const cluster = {
  DATABASE_URL: "postgres://u:hunter2@db/o",
  REDIS_URL: "redis://:hunter2@redis",
  MINIO_ENDPOINT: "http://minio:9000",
  MINIO_ACCESS_KEY: "hunter2",
  MINIO_SECRET_KEY: "hunter2",
  S3_BUCKET: "omics",
  SECRET_KEY: secret,
};

test("takes a cluster whole; it tells its balancer before it goes", () => {
  const config = readConfig(cluster);
  expect(config.cluster).toEqual({
    databaseUrl: "postgres://u:hunter2@db/o",
    redisUrl: "redis://:hunter2@redis",
    s3: { endpoint: "http://minio:9000", accessKey: "hunter2", secretKey: "hunter2", bucket: "omics", region: "us-east-1", sse: null },
    secret,
  });
  expect(config.drainSeconds).toBe(5);
  const other = readConfig({ ...cluster, S3_REGION: "eu-west-1", S3_SSE: "aws:kms", REDIS_URL: "rediss://redis", DRAIN_SECONDS: "0" });
  expect(other).toMatchObject({ cluster: { redisUrl: "rediss://redis", s3: { region: "eu-west-1", sse: "aws:kms" } }, drainSeconds: 0 });
});

test.each([
  ["minio:9000", "http://minio:9000"],
  ["10.0.0.7:9000", "http://10.0.0.7:9000"],
  ["https://s3.example.org", "https://s3.example.org"],
])("MINIO_ENDPOINT %s is %s", (given, endpoint) => {
  expect(readConfig({ ...cluster, MINIO_ENDPOINT: given }).cluster?.s3.endpoint).toBe(endpoint);
});

test("cluster variables come together or the start stops, and no secret is shown", () => {
  for (const name of Object.keys(cluster) as (keyof typeof cluster)[]) {
    const { [name]: _, ...rest } = cluster;
    const lacking = refusal(rest);
    expect(lacking).toContain(`without ${name}:`);
    const alone = refusal({ [name]: cluster[name] });
    expect(alone).toMatch(new RegExp(`^${name} is set without `));
    expect(lacking + alone).not.toMatch(/hunter2|f3a91c07/);
  }
  expect(refusal({ S3_REGION: "eu-west-1" })).toMatch(/^S3_REGION is set without DATABASE_URL/);
});

test.each([
  ["DATABASE_URL", "mysql://u:hunter2@db/o"],
  ["DATABASE_URL", "hunter2"],
  ["REDIS_URL", "http://:hunter2@redis"],
  ["SECRET_KEY", "hunter2"],
  ["SECRET_KEY", "hunter2".padEnd(40, "x")],
  ["SECRET_KEY", `changeme${secret}hunter2`],
  ["METRICS_TOKEN", "hunter2"],
])("names a wrong %s without showing it", (name, value) => {
  const line = refusal({ ...cluster, [name]: value });
  expect(line).toMatch(new RegExp(`^${name} must be `));
  expect(line).not.toContain("hunter2");
});

test.each([
  ["S3_BUCKET", "Omics_Data"],
  ["S3_BUCKET", "ab"],
  ["S3_REGION", "EU West"],
  ["S3_SSE", "rot13"],
  ["MINIO_ENDPOINT", "http://"],
  ["MINIO_ENDPOINT", "min io"],
])("names a wrong %s and what it is", (name, value) => {
  const line = refusal({ ...cluster, [name]: value });
  expect(line).toMatch(new RegExp(`^${name} must be `));
  expect(line).toContain(JSON.stringify(value));
});

test("reads the certificate and its key, both or none", async () => {
  const [cert, key, text] = ["cert.pem", "key.pem", "notes.txt"].map((name) => join(folder(), name)) as [string, string, string];
  await writeFile(cert, "-----BEGIN CERTIFICATE-----\n");
  await writeFile(key, "-----BEGIN PRIVATE KEY-----\n");
  await writeFile(text, "secret notes");
  expect(readConfig({ TLS_CERT: cert, TLS_KEY: key }).tls).toEqual({
    cert: "-----BEGIN CERTIFICATE-----\n",
    key: "-----BEGIN PRIVATE KEY-----\n",
  });
  expect(refusal({ TLS_CERT: cert })).toMatch(/TLS_CERT is set without TLS_KEY/);
  expect(refusal({ TLS_KEY: key })).toMatch(/TLS_KEY is set without TLS_CERT/);
  expect(refusal({ TLS_CERT: join(folder(), "none"), TLS_KEY: key })).toMatch(/TLS_CERT names a file that cannot be read \(ENOENT\)/);
  expect(refusal({ TLS_CERT: cert, TLS_KEY: text })).toBe("TLS_KEY names a file that is not in PEM format");
});
