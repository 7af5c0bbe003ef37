import { createReadStream, createWriteStream, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

export interface BucketAccess {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly bucket: string;
}

/** Copies every object of a bucket to a file under `folder`, as it lies there: encrypted. @returns how many, and their bytes */
export async function saveBucket(access: BucketAccess, folder: string): Promise<{ objects: number; bytes: number }> {
  const client = clientOf(access);
  let objects = 0;
  let bytes = 0;
  for (let token: string | undefined; ; ) {
    const page = await client.send(new ListObjectsV2Command({ Bucket: access.bucket, ...(token && { ContinuationToken: token }) }));
    for (const { Key, Size } of page.Contents ?? []) {
      const path = join(folder, ...Key!.split("/"));
      mkdirSync(dirname(path), { recursive: true });
      const { Body } = await client.send(new GetObjectCommand({ Bucket: access.bucket, Key: Key! }));
      await pipeline(Body as Readable, createWriteStream(path, { mode: 0o600 }));
      objects++;
      bytes += Size ?? 0;
    }
    token = page.NextContinuationToken;
    if (token === undefined) return { objects, bytes };
  }
}

/** The way back, into a bucket that does not exist yet. */
export async function loadBucket(access: BucketAccess, folder: string): Promise<void> {
  const client = clientOf(access);
  await client.send(new CreateBucketCommand({ Bucket: access.bucket }));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    const Key = relative(folder, path).split(sep).join("/");
    await client.send(
      new PutObjectCommand({ Bucket: access.bucket, Key, Body: createReadStream(path), ContentLength: statSync(path).size }),
    );
  }
}

function clientOf({ endpoint, accessKey, secretKey }: BucketAccess): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}
