import type { FastifyBaseLogger } from "fastify";
import type { Services } from "../http.ts";

/** The rows are gone, which is what was asked for; files that cannot be deleted now belong to nobody and are swept away later. */
export async function dropBlobs({ platform }: Services, prefix: string, log: FastifyBaseLogger): Promise<void> {
  await platform.blobs.deletePrefix(prefix).catch((error) => log.warn({ err: error }, "files could not be deleted yet"));
}
