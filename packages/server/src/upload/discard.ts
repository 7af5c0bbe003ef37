import type { IncomingMessage } from "node:http";

const mostBytes = 1024 ** 3;
const mostMilliseconds = 120_000;

/**
 * Reads on what a client still sends after it was refused, and throws it away: many read their answer only when they
 * have sent all. A client that does not stop is cut off.
 */
export function discardRest(raw: IncomingMessage): void {
  if (raw.readableEnded || raw.destroyed) return;
  let bytes = 0;
  const cutOff = () => raw.destroy();
  const timer = setTimeout(cutOff, mostMilliseconds).unref();
  raw.unpipe();
  raw.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostBytes) cutOff();
  });
  raw.once("close", () => clearTimeout(timer));
  raw.on("error", () => undefined);
  raw.resume();
}
