import { ConfigError } from "../../config.ts";
import { BlobDamaged, type BlobStore } from "../../ports/blob-store.ts";

const canary = "canary/secret";
const text = "opened with the secret that the blobs were written with\n";

/**
 * Says at the start, and not at the first read, that another secret wrote what is stored. A new store gets a small blob that shows it;
 * where that one is missing, a blob that is there is tried.
 * @param blobs  encrypted with the secret
 * @throws ConfigError
 */
export async function checkSecret(blobs: BlobStore): Promise<void> {
  try {
    if (await blobs.exists(canary)) {
      if (Buffer.from(await blobs.read(canary)).toString() !== text) throw new BlobDamaged(canary, "does not hold what was written");
      return;
    }
    const found = (await blobs.list("datasets/"))[0] ?? (await blobs.list("results/"))[0];
    if (found !== undefined) (await blobs.get(found.key)).destroy();
  } catch (error) {
    if (!(error instanceof BlobDamaged)) throw error;
    throw new ConfigError(
      `the stored files cannot be opened with this secret: bring back the one that they were written with (the file secret in the data folder, in a cluster SECRET_KEY); ${error.message}`,
    );
  }
  await blobs.put(canary, Buffer.from(text));
}
