import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildMinio, minioProgram, type S3Access, startMinio } from "./minio.ts";
import { startPostgres } from "./postgres.ts";
import type { Service } from "./process.ts";
import { startRedis } from "./redis.ts";

/** PostgreSQL, Redis and MinIO of their own, each on a free port, in a folder that goes when they are stopped. */
export interface Services {
  readonly postgres: Service & { url: string };
  readonly redis: Service & { url: string };
  readonly minio: Service & { s3: S3Access };
  readonly folder: string;
  /** what a process of the cluster needs to know, all but SECRET_KEY */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export const bucket = "omicselector2";

export async function startServices(say: (line: string) => void = () => undefined): Promise<Services> {
  const program = minioProgram() ?? buildMinio(say);
  const folder = mkdtempSync(join(tmpdir(), "omicselector2-services-"));
  // PostgreSQL runs as somebody else where we are root, and must reach its own folder.
  chmodSync(folder, 0o711);
  const started: Service[] = [];
  const stop = async () => {
    for (const service of started.reverse()) await service.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const postgres = await startPostgres(join(folder, "postgres"));
    started.push(postgres);
    const redis = await startRedis(join(folder, "redis"));
    started.push(redis);
    const minio = await startMinio(join(folder, "minio"), program);
    started.push(minio);
    const env = {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      MINIO_ENDPOINT: minio.s3.endpoint,
      MINIO_ACCESS_KEY: minio.s3.accessKey,
      MINIO_SECRET_KEY: minio.s3.secretKey,
      S3_BUCKET: bucket,
    };
    return { postgres, redis, minio, folder, env, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
