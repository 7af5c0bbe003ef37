import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { SignJWT } from "jose";
import { createTokens } from "../../packages/server/src/auth/tokens.ts";
import { postgresPrograms, startPostgres } from "../../scripts/services/postgres.ts";
import { freePort, type Service, startService } from "../../scripts/services/process.ts";
import { median } from "../agreement.ts";
import { counts, type Filled, fillDatabase } from "../http/fill.ts";
import { type Load, load, type Target } from "../http/load.ts";
import type { Comparison } from "../row.ts";
import { type Setting, say } from "./setting.ts";

const python = process.env.PYTHON ?? "python3";
const folderOfBench = join(import.meta.dirname, "..", "http");

/** Two routes of the API under load, beside FastAPI + SQLAlchemy + uvicorn on the same filled PostgreSQL; one process each. */
export async function httpRows(setting: Setting): Promise<Comparison[]> {
  const missing = whatIsMissing();
  if (missing !== undefined) {
    process.stderr.write(`left out: http, ${missing}\n`);
    return [];
  }
  say("HTTP");
  const folder = mkdtempSync(join(tmpdir(), "bench-http-"));
  chmodSync(folder, 0o711);
  const started: Service[] = [];
  try {
    const postgres = await startPostgres(join(folder, "postgres"));
    started.push(postgres);
    const filled = await fillDatabase(postgres.url);
    const ours = await startOurs(folder, postgres.url);
    started.push(ours.service);
    const theirs = await startPeer(folder, postgres.url);
    started.push(theirs.service);
    const rows: Comparison[] = [];
    for (const route of routes) {
      const sides = { ours: await targetOf(ours, filled, route), theirs: await targetOf(theirs, filled, route) };
      rows.push(...(await compare(route, sides, setting.quick)));
    }
    return rows;
  } finally {
    for (const service of started.reverse()) await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function whatIsMissing(): string | undefined {
  if (postgresPrograms() === undefined) return "PostgreSQL is not installed";
  try {
    execFileSync(python, ["-c", "import fastapi, sqlalchemy, asyncpg, jwt, uvicorn, uvloop, httptools"], { stdio: "ignore" });
  } catch {
    return `${python} (PYTHON) lacks packages of bench/http/peer/requirements.txt`;
  }
  return undefined;
}

type User = Filled["users"][number];

interface Side {
  readonly service: Service;
  readonly address: string;
  tokenOf(user: User): Promise<string>;
}

async function startOurs(folder: string, url: string): Promise<Side> {
  const secret = randomBytes(32).toString("hex");
  const env = { DATABASE_URL: url, TOKEN_SECRET: secret, OMICSELECTOR_DATA_DIR: join(folder, "data"), NODE_ENV: "production" };
  const { signAccess } = createTokens(secret);
  return { ...(await start("our API", folder, env, () => [process.execPath, join(folderOfBench, "api.ts")])), tokenOf: signAccess };
}

async function startPeer(folder: string, url: string): Promise<Side> {
  const key = new Uint8Array(randomBytes(32));
  const env = { DATABASE_URL: url.replace("postgres://", "postgresql+asyncpg://"), TOKEN_KEY: Buffer.from(key).toString("hex") };
  const options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--app-dir", join(folderOfBench, "peer")];
  const command = (port: number): [string, ...string[]] => [python, "-m", "uvicorn", "app:app", "--port", String(port), ...options];
  const tokenOf = ({ id }: User) => {
    const token = new SignJWT().setProtectedHeader({ alg: "HS256", typ: "JWT" }).setSubject(id).setIssuer("omicselector2");
    return token.setIssuedAt().setExpirationTime("1h").setJti(randomBytes(12).toString("base64url")).sign(key);
  };
  return { ...(await start("FastAPI", folder, env, command)), tokenOf };
}

async function start(
  name: string,
  folder: string,
  env: Record<string, string>,
  command: (port: number) => [string, ...string[]],
): Promise<Pick<Side, "service" | "address">> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const answers = async () => (await fetch(`${address}/health`)).ok;
  const log = join(folder, "servers.log");
  const service = await startService({ name, port, command: command(port), env: { ...env, PORT: String(port) }, log, answers });
  return { service, address };
}

interface Route {
  readonly name: string;
  path(job: string): string;
}

const routes: readonly Route[] = [
  { name: "GET /jobs/{id}", path: (job) => `/api/v1/jobs/${job}` },
  { name: "GET /jobs (50 of 100)", path: () => "/api/v1/jobs" },
];

/** Every user in turn asks for another of the own jobs. */
async function targetOf({ address, tokenOf }: Side, { users }: Filled, { path }: Route): Promise<Target> {
  const tokens = await Promise.all(users.map((user) => tokenOf(user)));
  const rounds = Array.from({ length: 10 }, (_, round) => round * 7);
  return { address, requests: rounds.flatMap((nth) => users.map(({ jobs }, i) => ({ path: path(jobs[nth]!), token: tokens[i]! }))) };
}

async function compare(route: Route, { ours, theirs }: { ours: Target; theirs: Target }, quick: boolean): Promise<Comparison[]> {
  const agreement = await agreementOf(ours, theirs);
  const seconds = quick ? 3 : 8;
  // The first load warms both sides, and is left out.
  for (const side of [ours, theirs]) await load(side, seconds);
  const left: Load[] = [];
  const right: Load[] = [];
  for (let round = 0; round < (quick ? 3 : 5); round++) {
    left.push(await load(ours, seconds));
    right.push(await load(theirs, seconds));
  }
  const throughput = (loads: readonly Load[]) => median(loads.map((each) => each.throughput));
  const ratio = median(left.map((each, i) => each.throughput / right[i]!.throughput));
  const [most, theirMost] = [throughput(left), throughput(right)];
  const half = await load(ours, 2 * seconds, most / 2);
  const theirHalf = await load(theirs, 2 * seconds, theirMost / 2);
  const peer = "FastAPI + SQLAlchemy + uvicorn";
  const note = `${counts.jobs.toLocaleString("en")} jobs of ${counts.users.toLocaleString("en")} users in PostgreSQL, one process each, load and database on the same machine`;
  const says = `${agreement}; ${perSecond(most)} and ${perSecond(theirMost)}`;
  return [
    {
      work: `${route.name}, 1,000 answers at saturation`,
      ours: 1000 / most,
      peer,
      theirs: 1000 / theirMost,
      ratio,
      agreement: says,
      target: { ratio: 5 },
      note,
    },
    {
      work: `${route.name}, p99 at half of each side's saturation`,
      ours: half.p99 / 1000,
      peer,
      theirs: theirHalf.p99 / 1000,
      ratio: theirHalf.p99 / half.p99,
      agreement: `${perSecond(half.throughput)} and ${perSecond(theirHalf.throughput)}`,
      target: { seconds: 0.05 },
      note: `${loadavg()[0]!.toFixed(0)} threads for ${availableParallelism()} cores: where others compute as well, requests wait for a core`,
    },
  ];
}

const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString("en")}/s`;

/** Both sides are asked the same; what they answer may differ in fields that are null or left out. @throws Error  where they differ */
async function agreementOf(ours: Target, theirs: Target): Promise<string> {
  const asked = 100;
  for (let i = 0; i < asked; i++) {
    const [a, b] = await Promise.all([ours, theirs].map((side) => answerOf(side, i)));
    if (!isDeepStrictEqual(a, b)) throw new Error(`${ours.requests[i]!.path}: ${JSON.stringify(a)} here, ${JSON.stringify(b)} there`);
  }
  return `${asked} answers the same`;
}

async function answerOf({ address, requests }: Target, i: number): Promise<unknown> {
  const { path, token } = requests[i]!;
  const answer = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${address}${path}: ${answer.status}`);
  // Ours alone offers a cursor.
  const { cursor: _, ...body } = (await answer.json()) as Record<string, unknown>;
  return JSON.parse(JSON.stringify(body), (key, value) => (value === null ? undefined : isTime(key) ? new Date(value).getTime() : value));
}

const isTime = (key: string): boolean => key.endsWith("_at");
