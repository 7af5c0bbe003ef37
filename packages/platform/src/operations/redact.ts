import type { Config } from "../config.ts";

const gone = "[redacted]";

/** Secrets by their shape, wherever they come from. Each keeps what leads to the secret and drops the rest. */
const shapes: readonly [RegExp, string][] = [
  // postgres://user:password@host, redis://:password@host; the password may hold anything but the @ before the host
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@"'\\]*):[^\s"'\\/]*@/gi, `$1:${gone}@`],
  [/([?&](?:token|access_token|refresh_token|password|x-amz-signature|x-amz-credential)=)[^&\s"'\\]+/gi, `$1${gone}`],
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, `$1 ${gone}`],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g, gone],
  [/\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}/g, gone],
  [
    /("(?:authorization|cookie|set-cookie|password|hashed_password|token|access_token|refresh_token|secret|x-api-key)"\s*:\s*")(?:[^"\\]|\\.)*"/gi,
    `$1${gone}"`,
  ],
];

export type Redact = (text: string) => string;

/** Takes secrets out of a line that is to be logged: those that this process knows, and whatever looks like one. */
export function createRedact(config: Config, ...more: string[]): Redact {
  const known = [...secretsOf(config), ...more].filter((secret) => secret.length >= 6).flatMap(spellings);
  // The longest first: one may be part of another.
  const exact = [...new Set(known)].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const secret of exact) if (clean.includes(secret)) clean = clean.replaceAll(secret, gone);
    for (const [shape, instead] of shapes) clean = clean.replace(shape, instead);
    return clean;
  };
}

function secretsOf({ cluster, metricsToken }: Config): string[] {
  const own = metricsToken === null ? [] : [metricsToken];
  if (cluster === null) return own;
  const { databaseUrl, redisUrl, s3, secret } = cluster;
  return [...own, secret, s3.accessKey, s3.secretKey, ...[databaseUrl, redisUrl].map((url) => new URL(url).password)];
}

/** As it stands, decoded, and as it stands within JSON. */
function spellings(secret: string): string[] {
  let decoded = secret;
  try {
    decoded = decodeURIComponent(secret);
  } catch {
    // It is no encoded text then.
  }
  return [secret, decoded].flatMap((each) => [each, JSON.stringify(each).slice(1, -1), encodeURIComponent(each)]);
}

interface SerializedError {
  type: string;
  message: string;
  stack: string;
  code?: string;
  cause?: SerializedError;
}

/**
 * An error for the log. Queries come without their values (Drizzle's message and pg's detail hold them: e-mail addresses, hashes of
 * passwords and tokens, what users wrote), and what else hangs on an error stays out.
 */
export function serializeError(error: unknown, depth = 0): SerializedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: "" };
  const message = withoutValues(error.message);
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause = error.cause === undefined || depth >= 5 ? {} : { cause: serializeError(error.cause, depth + 1) };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { type: error.name, message, stack: [`${error.name}: ${message}`, ...frames].join("\n"), ...code, ...cause };
}

function withoutValues(message: string): string {
  return message.startsWith("Failed query") ? message.split("\nparams:")[0]! : message;
}
