import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, inject } from "vitest";
import type { TestServices } from "./services-setup.ts";

/** Real PostgreSQL, Redis and S3 for tests, or null: `npm run services -- npm test` brings them. */
export const services: TestServices | null = inject("services");

/** Tests that need them; where they are missing each says why it was skipped. */
export function describeWithServices(name: string, tests: (services: TestServices) => void): void {
  if (services !== null) describe(name, () => tests(services!));
  else
    describe.skip(`${name} (skipped: DATABASE_URL, REDIS_URL and MINIO_ENDPOINT are not set; npm run services -- npm test)`, () =>
      tests(none));
}

// Only for naming the tests that are skipped.
const none: TestServices = { databaseUrl: "", redisUrl: "", s3: { endpoint: "", accessKey: "", secretKey: "", bucket: "" } };

/** An empty database of the test file's own, dropped afterwards. @returns its URL, once the tests run */
export function ownDatabase({ databaseUrl }: TestServices): () => string {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const own = () => Object.assign(new URL(databaseUrl), { pathname: `/${name}` }).href;
  beforeAll(() => admin(databaseUrl, `create database ${name}`));
  afterAll(() => admin(databaseUrl, `drop database if exists ${name} with (force)`));
  return own;
}

async function admin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
