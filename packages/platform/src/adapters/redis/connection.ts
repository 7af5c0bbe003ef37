import { setTimeout as sleep } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";

/** What one process says to Redis, over two sockets; both come back by themselves whenever Redis does. */
export interface RedisConnection {
  /** Fails at once while Redis is away, and after two seconds when it does not answer. */
  readonly commands: Redis;
  /** for SUBSCRIBE alone */
  readonly subscriptions: Redis;
  /** Commands are answered at this moment, as far as is known. */
  ready(): boolean;
  /** Told of `what` each time the commands, or the subscriptions, can be used anew. */
  onReady(what: "commands" | "subscriptions", listener: () => void): void;
  /** @throws Error  Redis does not answer within two seconds */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface RedisConnectionOptions {
  /** told at most once a minute; never holds the password */
  onError?: (error: Error) => void;
}

/** milliseconds after which a command has failed */
export const commandLimit = 2000;
/** milliseconds between two questions to an idle socket: one that leads nowhere any more is noticed by them alone */
const heartbeat = 10_000;

/**
 * Connects to Redis, waiting two seconds for it at most: who starts while Redis is away goes on without it.
 * @param url  redis://:password@host:6379/0, or rediss://
 */
export async function connectRedis(url: string, { onError = () => undefined }: RedisConnectionOptions = {}): Promise<RedisConnection> {
  const report = onceAMinute((error) => onError(describe(url, error)));
  const [commands, subscriptions] = [open(url, report), open(url, report)];
  const ping = async () => {
    await commands.ping();
  };
  const beats = setInterval(() => {
    for (const socket of [commands, subscriptions]) if (socket.status === "ready") socket.ping().catch(() => undefined);
  }, heartbeat);
  beats.unref();
  await Promise.all([commands, subscriptions].map((socket) => readyWithin(socket, commandLimit)));
  return {
    commands,
    subscriptions,
    ready: () => commands.status === "ready",
    onReady: (what, listener) => {
      (what === "commands" ? commands : subscriptions).on("ready", listener);
    },
    ping,
    async close() {
      clearInterval(beats);
      for (const socket of [commands, subscriptions]) socket.disconnect();
    },
  };
}

/** Passes on the first of a minute and drops the others: what is away tells so with every attempt. */
export function onceAMinute(report: (error: unknown) => void, now: () => number = () => performance.now()): (error: unknown) => void {
  let next = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (now() < next) return;
    next = now() + 60_000;
    report(error);
  };
}

function open(url: string, report: (error: unknown) => void): Redis {
  const options = {
    // A command that waits for Redis to come back would hold up whoever asked; it asks again instead.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandLimit,
    socketTimeout: 2 * commandLimit,
    connectTimeout: 2 * commandLimit,
    autoResendUnfulfilledCommands: false,
    // Whoever subscribes does so again, also to what was asked for meanwhile.
    autoResubscribe: false,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), commandLimit),
  } satisfies RedisOptions;
  const socket = new Redis(url, options);
  socket.on("error", report);
  return socket;
}

async function readyWithin(socket: Redis, milliseconds: number): Promise<void> {
  const late = new AbortController();
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  socket.once("ready", resolve);
  await Promise.race([ready, sleep(milliseconds, undefined, { signal: late.signal }).catch(() => undefined)]);
  late.abort();
  socket.off("ready", resolve);
}

/** One line that names the server and not its password. */
function describe(url: string, error: unknown): Error {
  const { hostname, port, password } = new URL(url);
  // Of several addresses of one name each has its own error, and the one around them is empty.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  let reason = first instanceof Error ? first.message : String(first);
  for (const secret of [password, decodeURIComponent(password)]) if (secret !== "") reason = reason.replaceAll(secret, "...");
  return new Error(`Redis at ${hostname}:${port === "" ? 6379 : port}: ${reason}`);
}
