import type { App, Services } from "../http.ts";

/** A process that ends asks clients to come by another connection, which leads to another process. */
export function addDraining(app: App, { drain }: Services): void {
  if (drain === undefined) return;
  app.addHook("onSend", async (_request, reply) => {
    if (drain.aborted) reply.header("connection", "close");
  });
}
