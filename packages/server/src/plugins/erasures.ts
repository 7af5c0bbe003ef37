import { finishErasures } from "@omicselector2/platform";
import type { FastifyInstance } from "fastify";
import type { Services } from "../http.ts";

const every = 10 * 60_000;

/** Erasures that a crash or a store that was away left half done: finished at start, and looked for from time to time. */
export function addErasures(app: FastifyInstance, { platform: { db, blobs } }: Services): void {
  let work = Promise.resolve();
  const look = () => {
    work = work
      .then(() => finishErasures(db, blobs))
      .then((count) => {
        if (count > 0) app.log.info({ count }, "erasures finished");
      })
      .catch((error) => app.log.error({ err: error }, "an erasure is not finished yet; it is tried again in ten minutes"));
  };
  const timer = setInterval(look, every).unref();
  app.addHook("onReady", async () => look());
  app.addHook("onClose", async () => {
    clearInterval(timer);
    await work;
  });
}
