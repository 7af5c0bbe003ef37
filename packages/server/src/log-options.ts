import { type Platform, serializeError } from "@omicselector2/platform";
import type { FastifyRequest } from "fastify";
import type { ServerDeps } from "./deps.ts";

type Given = NonNullable<ServerDeps["log"]>;

/** JSON lines, each of a request with its id; no line holds a secret, a token of a path or the values of a query. */
export function logOptions(log: ServerDeps["log"], { redact }: Pick<Platform, "redact">): Given {
  if (log === undefined || log === false) return false;
  const req = ({ method, url, ip }: FastifyRequest) => ({ method, url, ip });
  const given = log === true ? {} : log;
  return {
    ...given,
    serializers: { req, err: serializeError, error: serializeError, ...given.serializers },
    // The whole line, whatever put it together: what a library logs of its own comes through here too.
    hooks: { ...given.hooks, streamWrite: redact },
  } as Given;
}
