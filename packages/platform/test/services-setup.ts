import type { TestProject } from "vitest/node";

/** What a test of the cluster's adapters stands on; null where the variables are not set. */
export interface TestServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly s3: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string; readonly bucket: string };
}

declare module "vitest" {
  interface ProvidedContext {
    services: TestServices | null;
  }
}

const names = ["DATABASE_URL", "REDIS_URL", "MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "S3_BUCKET"] as const;
const others = ["S3_REGION", "S3_SSE", "SECRET_KEY"];

/**
 * Hands the services to the tests that ask for them, and hides them from all others: a server that a test starts with this
 * environment is embedded unless the test says otherwise.
 */
export default function setup(project: TestProject): void {
  const missing = names.filter((name) => !process.env[name]);
  const [databaseUrl, redisUrl, endpoint, accessKey, secretKey, bucket] = names.map((name) => process.env[name] ?? "") as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  project.provide("services", missing.length > 0 ? null : { databaseUrl, redisUrl, s3: { endpoint, accessKey, secretKey, bucket } });
  for (const name of [...names, ...others]) delete process.env[name];
}
