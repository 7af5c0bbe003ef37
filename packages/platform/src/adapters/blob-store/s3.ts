import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { S3Config } from "../../config.ts";
import { BlobMissing, type BlobStore, type ListedBlob } from "../../ports/blob-store.ts";
import { isUnavailable } from "../../unavailable.ts";
import { checkKey, checkPrefix } from "./keys.ts";
import { openLocalCopies } from "./local-copies.ts";

export interface S3BlobStoreOptions {
  readonly s3: S3Config;
  /** folder for copies of blobs that readers need as files; nobody else's */
  readonly cacheDir: string;
  /** bytes that these copies may take together; those read longest ago go first */
  readonly cacheBytes?: number;
}

const GiB = 1024 ** 3;
/** Bodies up to this size go in one request, longer ones in parts of it. */
const partBytes = 8 * 1024 ** 2;
/** Copies that are found again while the store is away. */
const mostTags = 1000;
/** One answer of S3 lists, and one request deletes, at most this many. */
const atMost = 1000;

/**
 * Blobs as objects of a bucket, under their keys. S3 shows an object whole or not at all. Requests fail within some seconds when the
 * store is away; callers that can wait try again.
 * @throws Error  with one line: the bucket cannot be reached, or made
 */
export async function openS3BlobStore({ s3, cacheDir, cacheBytes = 20 * GiB }: S3BlobStoreOptions): Promise<BlobStore> {
  const client = clientOf(s3);
  const bucket = { Bucket: s3.bucket };
  await needBucket(client, s3);
  const copies = await openLocalCopies(resolve(cacheDir), cacheBytes);
  const encryption = s3.sse === null ? {} : { ServerSideEncryption: s3.sse };

  const head = async (key: string) => await client.send(new HeadObjectCommand({ ...bucket, Key: checkKey(key) })).catch(orMissing(key));

  const get = async (key: string): Promise<{ body: Readable; etag: string }> => {
    const answer = await client.send(new GetObjectCommand({ ...bucket, Key: checkKey(key) })).catch(orMissing(key));
    return { body: answer.Body as Readable, etag: answer.ETag ?? "" };
  };

  async function* pages(prefix: string) {
    for (let token: string | undefined; ; ) {
      const page = await client.send(
        new ListObjectsV2Command({ ...bucket, Prefix: checkPrefix(prefix), MaxKeys: atMost, ...(token && { ContinuationToken: token }) }),
      );
      yield (page.Contents ?? []).map(({ Key, Size, LastModified }) => ({
        key: Key!,
        bytes: Size ?? 0,
        ...(LastModified && { modifiedAt: LastModified }),
      }));
      token = page.NextContinuationToken;
      if (token === undefined) return;
    }
  }

  /** of the blobs that were last copied, those of long ago forgotten */
  const tags = new Map<string, string | undefined>();
  const remember = (key: string, tag: string | undefined) => {
    tags.delete(key);
    tags.set(key, tag);
    if (tags.size > mostTags) tags.delete(tags.keys().next().value!);
  };

  return {
    async put(key, body) {
      const target = { ...bucket, ...encryption, Key: checkKey(key) };
      if (!(body instanceof Readable)) {
        await client.send(new PutObjectCommand({ ...target, Body: body, ContentLength: body.length }));
        return { bytes: body.length };
      }
      return await putStream(client, target, body);
    },
    get: async (key) => (await get(key)).body,
    async read(key) {
      const { Body } = await client.send(new GetObjectCommand({ ...bucket, Key: checkKey(key) })).catch(orMissing(key));
      return await Body!.transformToByteArray();
    },
    async exists(key) {
      return await head(key).then(
        () => true,
        (error) => {
          if (error instanceof BlobMissing) return false;
          throw error;
        },
      );
    },
    async delete(key) {
      await client.send(new DeleteObjectCommand({ ...bucket, Key: checkKey(key) }));
    },
    async deletePrefix(prefix) {
      for await (const page of pages(prefix)) {
        if (page.length === 0) continue;
        const answer = await client.send(
          new DeleteObjectsCommand({ ...bucket, Delete: { Objects: page.map(({ key }) => ({ Key: key })), Quiet: true } }),
        );
        const [refused] = answer.Errors ?? [];
        if (refused !== undefined) throw new Error(`${refused.Key} could not be deleted: ${refused.Code}`);
      }
    },
    async list(prefix) {
      const found: ListedBlob[] = [];
      for await (const page of pages(prefix)) found.push(...page);
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    async localFile(key) {
      const ETag = await head(key).then(
        (found) => found.ETag,
        (error) => {
          // While the store is away its copies are as good as they were: datasets and results never change.
          if (!isUnavailable(error) || !tags.has(key)) throw error;
          return tags.get(key);
        },
      );
      // The tag changes with the contents: a copy of an older blob is never taken for the newer one.
      const name = createHash("sha256").update(`${key}\n${ETag}`).digest("hex");
      const copy = await copies.take(name, async (path) => {
        const { body, etag } = await get(key);
        await pipeline(body, createWriteStream(path, { flags: "wx", mode: 0o600 }));
        if (etag !== ETag) throw new Error(`${key} was replaced while it was read: try again`);
      });
      remember(key, ETag);
      return { file: copy.path, release: copy.release };
    },
    uri: (key) => `s3://${key}`,
  };
}

function clientOf({ endpoint, region, accessKey, secretKey }: S3Config): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    // Buckets of MinIO and of most others are paths, not host names.
    forcePathStyle: true,
    maxAttempts: 2,
    // What not every S3 understands is left out: our own frames are checked anyway.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1000,
      socketTimeout: 4000,
      httpsAgent: { maxSockets: 64 },
      httpAgent: { maxSockets: 64 },
    }),
  });
}

async function needBucket(client: S3Client, { endpoint, bucket }: S3Config): Promise<void> {
  const Bucket = bucket;
  try {
    await client.send(new HeadBucketCommand({ Bucket }));
  } catch (error) {
    if (!(error instanceof S3ServiceException) || error.$metadata.httpStatusCode !== 404) throw unreachable(endpoint, bucket, error);
    await client.send(new CreateBucketCommand({ Bucket })).catch((refused) => {
      // Two processes that start together: one of them makes it.
      if (!/BucketAlready/.test((refused as Error).name)) throw unreachable(endpoint, bucket, refused);
    });
  }
}

function unreachable(endpoint: string, bucket: string, error: unknown): Error {
  const why = error instanceof S3ServiceException ? `${error.name} (${error.$metadata.httpStatusCode})` : (error as Error).message;
  return new Error(`the bucket ${bucket} at ${endpoint} cannot be used: ${why}; check MINIO_ENDPOINT, its keys and S3_BUCKET`, {
    cause: error,
  });
}

/** In parts, so that nothing is held whole; what breaks on the way leaves nothing. */
async function putStream(client: S3Client, target: { Bucket: string; Key: string }, body: Readable): Promise<{ bytes: number }> {
  let bytes = 0;
  let failure: { error: unknown } | undefined;
  const counted = Readable.from(
    (async function* () {
      try {
        for await (const chunk of body) {
          const piece = typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Buffer);
          bytes += piece.length;
          yield piece;
        }
      } catch (error) {
        failure = { error };
        throw error;
      }
    })(),
    { objectMode: false },
  );
  const upload = new Upload({ client, params: { ...target, Body: counted }, partSize: partBytes, queueSize: 2 });
  try {
    await upload.done();
    return { bytes };
  } catch (error) {
    // What went wrong is the caller's own error, not the one that the upload makes of it.
    throw failure?.error ?? error;
  }
}

function orMissing(key: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) throw new BlobMissing(key);
    throw error;
  };
}
