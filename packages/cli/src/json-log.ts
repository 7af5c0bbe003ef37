import { hostname } from "node:os";

const levels = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: Number.POSITIVE_INFINITY } as const;
export type LogLevel = keyof typeof levels;

export interface JsonLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * One JSON object a line, with the names that the server's log has too.
 * @param always  fields of every line
 */
export function createJsonLog(
  least: LogLevel,
  always: object,
  write: (line: string) => void = (line) => process.stdout.write(line),
): JsonLog {
  const base = { pid: process.pid, hostname: hostname(), ...always };
  const log = (level: "info" | "error") => (fields: object, message: string) => {
    if (levels[level] < levels[least]) return;
    write(`${JSON.stringify({ level: levels[level], time: Date.now(), ...base, ...fields, msg: message }, readable)}\n`);
  };
  return { info: log("info"), error: log("error") };
}

function readable(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { type: name, message, stack, ...(cause instanceof Error && { cause }) };
}
