import type { Config } from "../config.ts";
import { type Redact, serializeError } from "./redact.ts";

const levels = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: 100 } as const;
type Level = Exclude<keyof typeof levels, "silent">;
type Fields = Readonly<Record<string, unknown>>;

/** Lines as those of the server, which has a logger of its own: one JSON object each, never with a secret. */
export interface Log {
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  /** @param fields  `err` is an error, written without the values of its query */
  error(fields: Fields, message: string): void;
  /** Every line says this too, such as the worker or the job that it is about. */
  child(fields: Fields): Log;
}

export interface LogOptions {
  level: Config["logLevel"];
  redact: Redact;
  /** takes a line with its end */
  write?: (line: string) => void;
}

export function createLog({ level, redact, write = (line) => void process.stdout.write(line) }: LogOptions, bound: Fields = {}): Log {
  const say = (name: Level) => (fields: Fields, message: string) => {
    if (levels[name] < levels[level]) return;
    const { err, ...rest } = { ...bound, ...fields } as Record<string, unknown>;
    const error = err === undefined ? {} : { err: serializeError(err) };
    write(`${redact(JSON.stringify({ level: levels[name], time: Date.now(), pid: process.pid, ...rest, ...error, msg: message }))}\n`);
  };
  return {
    info: say("info"),
    warn: say("warn"),
    error: say("error"),
    child: (fields) => createLog({ level, redact, write }, { ...bound, ...fields }),
  };
}
