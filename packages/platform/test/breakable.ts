import { afterAll, beforeAll, describe } from "vitest";
import { minioProgram } from "../../../scripts/services/minio.ts";
import { postgresPrograms } from "../../../scripts/services/postgres.ts";
import { findProgram } from "../../../scripts/services/process.ts";
import { type Services, startServices } from "../../../scripts/services/start.ts";

function whatIsMissing(): string | undefined {
  if (process.platform !== "linux") return "freezing services needs Linux's /proc";
  if (postgresPrograms() === undefined) return "PostgreSQL is not installed";
  if (findProgram("redis-server", ["/usr/bin", "/usr/sbin"]) === undefined) return "Redis is not installed";
  return minioProgram() === undefined ? "MinIO is not built; npm run services does so" : undefined;
}

const missing = whatIsMissing();

/** Tests with PostgreSQL, Redis and MinIO of their own, which they may kill, freeze and start again. */
export function describeWithBreakable(name: string, tests: (services: () => Services) => void): void {
  if (missing !== undefined) return void describe.skip(`${name} (skipped: ${missing})`, () => tests(none));
  describe(name, () => {
    let services: Services | undefined;
    beforeAll(async () => {
      services = await startServices();
    });
    afterAll(() => services?.stop());
    tests(() => services ?? none());
  });
}

function none(): never {
  throw new Error("the services have not been started");
}
