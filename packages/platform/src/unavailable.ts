/** What a process stands on and shares with others; `service`: an error that does not say which of them. */
export type Dependency = "database" | "redis" | "blobs" | "service";

/**
 * Whether an error says that something is away for a while: the same call may succeed later, whatever it was about.
 * Requests answer 503, work is tried again and costs no attempt.
 */
export function isUnavailable(error: unknown): boolean {
  return whatIsAway(error) !== undefined;
}

/** Which of the things that the program stands on an error says is away, however deep the cause lies. */
export function whatIsAway(error: unknown): Dependency | undefined {
  const chain = causes(error);
  for (const each of chain) {
    const known = blobsAway(each) ?? databaseAway(each) ?? redisAway(each);
    if (known !== undefined) return known;
  }
  if (!chain.some(isNetworkFault)) return undefined;
  // A network error alone does not say whose connection it was; what wraps it may.
  return chain.some(isQuery) ? "database" : "service";
}

/** The error and what it came from; an AggregateError (a name with several addresses) counts with each of its errors. */
function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  const add = (e: unknown): void => {
    if (!(e instanceof Error) || chain.length >= 20 || chain.includes(e)) return;
    chain.push(e);
    if (e instanceof AggregateError) e.errors.forEach(add);
    add(e.cause);
  };
  add(error);
  return chain;
}

const codeOf = (error: Error): string => ("code" in error && typeof error.code === "string" ? error.code : "");

const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
]);
const isNetworkFault = (error: Error): boolean => networkCodes.has(codeOf(error));

/** Drizzle's wrapper names the query, pg's errors of the server carry a severity. */
const isQuery = (error: Error): boolean => error.message.startsWith("Failed query") || "severity" in error;

/**
 * Classes and codes of PostgreSQL: 08 connection, 53 out of connections, memory or disk, 57P0x being shut down or started,
 * 57014 and 55P03 the server's own limits on a statement and on waiting for a lock, 25P03 a transaction left alone for too long,
 * 25006 it only reads for the moment, 40001 and 40P01 two transactions in each other's way, one of which is asked to come again.
 */
const databaseCodes = /^(08\w{3}|53\w{3}|57P0[1235]|57014|55P03|25P03|25006|40001|40P01)$/;
const databaseMessages =
  /^(timeout exceeded when trying to connect|timeout expired|Connection terminated|Client has encountered a connection error|Client was closed and is not queryable|Query read timeout|socket hang up|Cannot use a pool after calling end)/;

function databaseAway(error: Error): "database" | undefined {
  const away = error.name === "DatabaseTimeout" || databaseCodes.test(codeOf(error)) || databaseMessages.test(error.message);
  return away ? "database" : undefined;
}

const redisNames = new Set(["MaxRetriesPerRequestError", "ClusterAllFailedError"]);
const redisMessages =
  /^(Redis (at \S+:|cannot be reached|did not answer)|Connection is closed\.|Command timed out|Stream isn't writeable and enableOfflineQueue|(LOADING|MASTERDOWN|CLUSTERDOWN|READONLY|MISCONF|TRYAGAIN) )/;

function redisAway(error: Error): "redis" | undefined {
  const command = "command" in error && isNetworkFault(error);
  return redisNames.has(error.name) || redisMessages.test(error.message) || command ? "redis" : undefined;
}

/** Every error of the S3 client, those of the network among them, carries `$metadata`. */
function blobsAway(error: Error): "blobs" | undefined {
  if (!("$metadata" in error)) return undefined;
  const { httpStatusCode: status } = error.$metadata as { httpStatusCode?: number };
  const away = status === undefined || status >= 500 || status === 429 || status === 408;
  return away || error.name === "SlowDown" || error.name === "RequestTimeout" ? "blobs" : undefined;
}
