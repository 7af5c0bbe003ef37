import { randomBytes } from "node:crypto";
import { readConfig, readMigrations } from "@omicselector2/platform";
import { expect, test } from "vitest";
import { describeWithServices, ownDatabase } from "../../platform/test/services.ts";
import { migrateDatabase } from "./commands/migrate.ts";

test("without a cluster there is nothing to migrate, in one line", async () => {
  await expect(migrateDatabase(readConfig({}))).rejects.toThrow(/^DATABASE_URL is not set: .*$/);
});

describeWithServices("migrate", (services) => {
  const database = ownDatabase(services);

  const config = () => {
    const { endpoint, accessKey, secretKey, bucket } = services.s3;
    const store = { MINIO_ENDPOINT: endpoint, MINIO_ACCESS_KEY: accessKey, MINIO_SECRET_KEY: secretKey, S3_BUCKET: bucket };
    return readConfig({ DATABASE_URL: database(), REDIS_URL: services.redisUrl, SECRET_KEY: randomBytes(32).toString("hex"), ...store });
  };

  test("three at once apply each migration once and say which; later there is nothing to do", async () => {
    const lines = await Promise.all([1, 2, 3].map(() => migrateDatabase(config())));
    const applied = lines.flat().filter((line) => line.startsWith("applied "));
    expect(applied.sort()).toEqual((await readMigrations()).map(({ name }) => `applied ${name}`));
    expect(await migrateDatabase(config())).toEqual(["the database is up to date"]);
  });
});
