import type { Study } from "@omicselector2/platform";
import { expect, test } from "vitest";
import { OpenStudies, type OpenStudiesOptions } from "./open-studies.ts";

function bench(options: Partial<OpenStudiesOptions> = {}) {
  const log: string[] = [];
  const studies = new OpenStudies({ memory: 100, ...options, onClosed: (jobId) => log.push(`closed ${jobId}`) });
  const never = new AbortController().signal;
  const use = (jobId: string, work: () => Promise<void> = async () => undefined, bytes = 40, signal = never) => {
    const open = async (): Promise<Study> => {
      log.push(`open ${jobId}`);
      return { bytes, close: async () => undefined } as unknown as Study;
    };
    return studies.use(jobId, bytes, open, signal, work);
  };
  return { log, studies, use };
}

test("a study stays open for its next range, and makes room when another needs it, the longest unused first", async () => {
  const { log, use } = bench();
  await use("a");
  await use("a");
  await use("b");
  await use("a");
  await use("c");
  expect(log).toEqual(["open a", "open b", "closed b", "open c"]);
});

test("two ranges of a job share one study", async () => {
  const { log, use } = bench();
  await Promise.all([use("a"), use("a")]);
  expect(log).toEqual(["open a"]);
});

test("without the memory for a second one it waits until the first is not used; alone it is let in whatever its size", async () => {
  const { log, use } = bench();
  const first = Promise.withResolvers<void>();
  const [one, two] = [use("large", () => first.promise, 200), use("b")];
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(log).toEqual(["open large"]);
  first.resolve();
  await Promise.all([one, two]);
  expect(log).toEqual(["open large", "closed large", "open b"]);
});

test("who waits for room can give up", async () => {
  const { use } = bench();
  const first = Promise.withResolvers<void>();
  const one = use("large", () => first.promise, 200);
  const stop = new AbortController();
  const two = use("b", async () => undefined, 40, stop.signal);
  stop.abort(new Error("cancelled"));
  await expect(two).rejects.toThrow("cancelled");
  first.resolve();
  await one;
});

test("an idle study is closed after its time, and one that cannot be opened is forgotten", async () => {
  const { log, studies, use } = bench({ idleMs: 10 });
  await use("a");
  await expect.poll(() => log).toEqual(["open a", "closed a"]);
  const failing = studies.use(
    "x",
    1,
    () => Promise.reject(new Error("no data")),
    new AbortController().signal,
    async () => undefined,
  );
  await expect(failing).rejects.toThrow("no data");
  expect(studies.has("x")).toBe(false);
});

test("close ends all, and nothing is opened any more", async () => {
  const { log, studies, use } = bench();
  await use("a");
  await studies.close(new Error("the worker ends"));
  expect(log).toEqual(["open a", "closed a"]);
  await expect(use("b")).rejects.toThrow("the worker ends");
});
