import { randomUUID } from "node:crypto";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { someDataset, someJob, someUser, temporaryFolder } from "../test/database.ts";
import { blobKeys } from "./adapters/index.ts";
import { openPlatform, type Platform } from "./compose.ts";
import { ConfigError, readConfig } from "./config.ts";
import { queueNames } from "./ports/job-queue.ts";
import { loadSecret } from "./secret.ts";
import { findDataset } from "./stores/datasets.ts";
import { reserveKey } from "./stores/idempotency.ts";
import { cancelJob, startJob } from "./stores/jobs.ts";

const folder = temporaryFolder();
const open = (name: string): Promise<Platform> => openPlatform(readConfig({ OMICSELECTOR_DATA_DIR: join(folder(), name) }));
// The helpers take a Database; a platform has the part of it that they use.
const part = (platform: Platform) => platform as unknown as Parameters<typeof someUser>[0];

describe("openPlatform", () => {
  test("sets right what a dead process left: half uploads, keys, orphaned blobs", async () => {
    const before = await open("crashed");
    const user = await someUser(part(before));
    const dataset = await someDataset(part(before), user.id);
    const half = await someDataset(part(before), user.id, { status: "ingesting" });
    const [running, cancelled] = [await someJob(part(before), user.id), await someJob(part(before), user.id)];
    await startJob(before.db, running.id);
    await cancelJob(before.db, cancelled.id);
    const key = { userId: user.id, route: "POST /jobs", key: "k" };
    await reserveKey(before.db, key, "body");
    const kept = [blobKeys.dataset(dataset.id), blobKeys.checkpoint(running.id, "u", "0".repeat(64))];
    const orphans = [
      blobKeys.upload(randomUUID()),
      blobKeys.dataset(randomUUID()),
      blobKeys.checkpoint(cancelled.id, "u", "0".repeat(64)),
      `${blobKeys.resultPrefix(randomUUID())}result.json`,
      "results/not-an-id/x",
    ];
    for (const blob of [...kept, ...orphans]) await before.blobs.put(blob, Buffer.from("x"));
    await before.close();

    const after = await open("crashed");
    expect((await findDataset(after.db, half.id))!.status).toBe("failed");
    expect(await reserveKey(after.db, key, "body")).toMatchObject({ outcome: "reserved" });
    const left = await Promise.all([...kept, ...orphans].map((blob) => after.blobs.exists(blob)));
    expect(left).toEqual([...kept.map(() => true), ...orphans.map(() => false)]);
    expect(after.secret).toBe(before.secret);
    await after.close();
  });

  test("closing lets running work end while it still has its database", async () => {
    const platform = await open("closing");
    const user = await someUser(part(platform));
    const { id } = await someJob(part(platform), user.id);
    let seen: unknown;
    let begun = () => {};
    const started = new Promise<void>((done) => {
      begun = done;
    });
    await platform.queue.listen(
      queueNames,
      async ({ jobId }, signal) => {
        begun();
        await new Promise((done) => signal.addEventListener("abort", done));
        seen = await startJob(platform.db, jobId);
      },
      1,
    );
    await platform.queue.send("default", { jobId: id, range: 0 }, 0);
    await started;
    await platform.close();
    expect(seen).toMatchObject({ job: { id, status: "running" } });
  });

  test("is refused while another one is open, and the folder is free after a start that failed", async () => {
    const first = await open("twice");
    await expect(open("twice")).rejects.toThrow(/in use by another/);
    await first.close();
    const secret = join(folder(), "twice", "secret");
    await writeFile(secret, "short");
    await expect(open("twice")).rejects.toThrow(/does not hold a secret/);
    await writeFile(secret, first.secret);
    await (await open("twice")).close();
  });

  test("with another secret it does not start, and says so without showing one", async () => {
    const first = await open("foreign");
    await first.blobs.put("datasets/kept", Buffer.from("x"));
    await first.close();
    const secret = join(folder(), "foreign", "secret");
    await writeFile(secret, "f".repeat(64));
    const error: Error = await open("foreign").then(
      () => new Error("started"),
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(/^the stored files cannot be opened with this secret: bring back the one [^\n]+$/);
    expect(error.message).not.toMatch(/f{16}/);
    expect(error.message).not.toContain(first.secret);
    await writeFile(secret, first.secret);
    await (await open("foreign")).close();
  });
});

describe("loadSecret", () => {
  test("makes one once, for its owner's eyes only", async () => {
    const secret = await loadSecret(folder());
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await loadSecret(folder())).toBe(secret);
    expect((await readFile(join(folder(), "secret"), "utf8")).trim()).toBe(secret);
    if (process.platform !== "win32") expect((await stat(join(folder(), "secret"))).mode & 0o777).toBe(0o600);
  });

  test.skipIf(process.platform === "win32")("refuses one that others can read, without showing it", async () => {
    const secret = await loadSecret(folder());
    await chmod(join(folder(), "secret"), 0o644);
    const error: Error = await loadSecret(folder()).then(
      () => new Error("accepted"),
      (thrown) => thrown,
    );
    expect(error.message).toMatch(/chmod 600/);
    expect(error.message).not.toContain(secret);
    await chmod(join(folder(), "secret"), 0o600);
  });
});
