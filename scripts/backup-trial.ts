/*
 * npm run backup-trial [-- ROWS MEGABYTES]    tries the backup of docs/deployment.md on real services, to the last byte
 *
 * PostgreSQL, Redis and MinIO are filled with ROWS accounts with a dataset each and MEGABYTES of objects (1000, 256); an API and a worker
 * run a study; all of it is backed up and wiped; it is restored on new services with new passwords and an empty Redis, under the same
 * SECRET_KEY. The study's result and dataset must come back with the same bytes, and so must every object and every row.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blobKeys, createDataset, createUser, openDatabase } from "@omicselector2/platform";
import pg from "pg";
import { encryptedBlobStore } from "../packages/platform/src/adapters/blob-store/encrypted.ts";
import { openS3BlobStore } from "../packages/platform/src/adapters/blob-store/s3.ts";
import { type BucketAccess, loadBucket, saveBucket } from "./backup/bucket.ts";
import { hasCommand, runCommand, startCluster } from "./backup/cluster.ts";
import { dumpDatabase, restoreDatabase } from "./backup/database.ts";
import { download, runStudy, type Study } from "./backup/study.ts";
import { type Services, startServices } from "./services/start.ts";

const say = (line: string) => void process.stdout.write(`${line}\n`);
const bucketOf = ({ minio, env }: Services): BucketAccess => ({ ...minio.s3, bucket: env.S3_BUCKET! });
const hashOf = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const folder = mkdtempSync(join(tmpdir(), "omicselector2-backup-"));
let services: Services | undefined;

try {
  await main(Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 256));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await services?.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function main(rows: number, megabytes: number): Promise<void> {
  const secret = { SECRET_KEY: randomBytes(32).toString("hex") };
  const clustered = hasCommand("worker");
  services = await startServices(say);
  await fill(services, secret.SECRET_KEY, rows, megabytes);
  const study = clustered ? await withCluster({ ...services.env, ...secret }, runStudy) : undefined;
  if (study === undefined) say("this release has no worker command: rows and objects alone are tried");
  const before = await fingerprint(services);

  // The database first: an object is written before the row that names it, so every row of the dump has its objects.
  timed("pg_dump", () => dumpDatabase(services!.postgres.url, join(folder, "database.dump")));
  const saved = await timed("bucket to files", () => saveBucket(bucketOf(services!), join(folder, "bucket")));
  say(`  dump ${mib(statSync(join(folder, "database.dump")).size)}, ${saved.objects} objects of ${mib(saved.bytes)}`);

  await services.stop();
  services = await startServices(say);
  await timed("files to bucket", () => loadBucket(bucketOf(services!), join(folder, "bucket")));
  timed("pg_restore", () => restoreDatabase(services!.postgres.url, join(folder, "database.dump")));

  const after = await fingerprint(services);
  for (const [name, value] of Object.entries(before)) {
    if (after[name] !== value) throw new Error(`${name} came back as ${after[name] ?? "nothing"}, it was ${value}`);
  }
  say(`${Object.keys(before).length} tables and objects are what they were`);
  if (study !== undefined) await checkStudy({ ...services.env, ...secret }, study);
}

async function checkStudy(env: Record<string, string>, study: Study): Promise<void> {
  const again = await withCluster(env, (address) => download(address, study));
  for (const [path, hash] of Object.entries(study.hashes)) if (again[path] !== hash) throw new Error(`${path} came back with other bytes`);
  say(`${Object.keys(again).length} downloads of the study have the same bytes, under the same password`);
  if (hasCommand("audit", "verify")) say(runCommand(env, "audit", "verify").trim());
}

async function withCluster<T>(env: Record<string, string>, use: (address: string) => Promise<T>): Promise<T> {
  const cluster = await startCluster(env, mkdtempSync(join(folder, "cluster-")));
  try {
    return await use(cluster.address);
  } finally {
    await cluster.stop();
  }
}

async function fill({ postgres, minio, env }: Services, secret: string, rows: number, megabytes: number): Promise<void> {
  const { db, close } = await openDatabase({ url: postgres.url });
  mkdirSync(join(folder, "cache"), { recursive: true });
  const s3 = { ...minio.s3, bucket: env.S3_BUCKET!, region: "us-east-1", sse: null };
  const blobs = encryptedBlobStore(await openS3BlobStore({ s3, cacheDir: join(folder, "cache") }), secret);
  for (let k = 0; k < rows; k++) {
    const user = await createUser(db, { email: `user-${k}@example.org`, username: `user_${k}`, hashedPassword: "none" });
    const { id } = await createDataset(db, { name: "cohort", dataType: "bulk_rna_seq", ownerId: user.id });
    if (k * 4 < megabytes) await blobs.put(blobKeys.dataset(id), randomBytes(4 * 2 ** 20));
  }
  await close();
}

/** A hash of each table's rows and of each object. */
async function fingerprint(from: Services): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: from.postgres.url });
  await client.connect();
  const found: Record<string, string> = {};
  try {
    const { rows } = await client.query<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public' order by 1");
    for (const { name } of rows) {
      const { rows: all } = await client.query<{ row: string }>(`select t::text as row from "${name}" t order by 1`);
      found[`table ${name}`] = `${all.length} rows ${hashOf(all.map(({ row }) => row).join("\n"))}`;
    }
  } finally {
    await client.end();
  }
  const { bucket, ...access } = bucketOf(from);
  const s3 = { ...access, bucket, region: "us-east-1", sse: null };
  const blobs = await openS3BlobStore({ s3, cacheDir: join(folder, "cache") });
  for (const prefix of ["datasets/", "results/", "models/"]) {
    for (const { key } of await blobs.list(prefix)) found[key] = hashOf(await blobs.read(key));
  }
  return found;
}

function timed<T>(what: string, work: () => T): T {
  const began = performance.now();
  const done = () => say(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const value = work();
  if (value instanceof Promise) void value.then(done, () => undefined);
  else done();
  return value;
}
