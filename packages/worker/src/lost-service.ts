import { setTimeout as sleep } from "node:timers/promises";

/*
 * A service that is away (database, blob store, queue) is no fault of a job: what needs it waits and is done again.
 */

const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
]);
/**
 * Of PostgreSQL: 08 the connection, 53 out of connections, memory or disk, 57P0x it stops or starts, 25006 it only reads for the moment,
 * 57014, 55P03 and 25P03 limits on time; 40001 and 40P01 two transactions in each other's way, one of which is asked to come again.
 */
const databaseCodes = /^(08\w{3}|53\w{3}|57P0[1235]|57014|55P03|25P03|25006|40001|40P01)$/;
const names = new Set(["DatabaseTimeout", "TimeoutError", "NetworkingError", "RequestTimeout", "SlowDown", "MaxRetriesPerRequestError"]);
const messages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Connection is closed|Command timed out|socket hang up|Stream isn't writeable)/;

/** Also of what wraps it. */
export function isLostService(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof AggregateError && each.errors.some(isLostService)) return true;
    if (isLost(each)) return true;
  }
  return false;
}

function isLost(error: Error): boolean {
  const { code, name, message } = error as Error & { code?: unknown };
  if (typeof code === "string" && (networkCodes.has(code) || databaseCodes.test(code))) return true;
  return names.has(name) || messages.test(message) || isS3Away(error);
}

/** Every error of the S3 client, those of the network among them, carries `$metadata`. */
function isS3Away(error: Error): boolean {
  if (!("$metadata" in error)) return false;
  const { httpStatusCode: status } = error.$metadata as { httpStatusCode?: number };
  return status === undefined || status >= 500 || status === 429 || status === 408;
}

const FIRST_MS = 100;
const LONGEST_MS = 5000;

/**
 * Does something again, less and less often, as long as it fails for want of a service.
 * @throws the signal's reason; any other error at once
 */
export async function persistently<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let wait = FIRST_MS; ; wait = Math.min(LONGEST_MS, 2 * wait)) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isLostService(error)) throw error;
    }
    await sleep(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
