import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openAsBlob, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const bin = resolve(import.meta.dirname, "../bin/omicselector2.js");

/** A real server process on a free port, as a user starts it, and a user who has signed in. */
export class Client {
  readonly dataDir = mkdtempSync(join(tmpdir(), "omicselector2-"));
  #child: ChildProcess | undefined;
  #base = "";
  #token = "";
  output = "";

  async start(env: Record<string, string> = {}): Promise<void> {
    const port = await freePort();
    this.#base = `http://127.0.0.1:${port}`;
    const settings = {
      PORT: String(port),
      HOST: "127.0.0.1",
      OMICSELECTOR_DATA_DIR: this.dataDir,
      RATE_LIMIT: "off",
      LOG_LEVEL: "warn",
      ...env,
    };
    this.#child = spawn(process.execPath, [bin, "serve"], { env: { ...process.env, ...settings }, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout!.on("data", (chunk) => (this.output += chunk));
    this.#child.stderr!.on("data", (chunk) => (this.output += chunk));
    await until(async () => {
      if (this.#child!.exitCode !== null) throw new Error(`the server ended:\n${this.output}`);
      return (await fetch(`${this.#base}/health`).catch(() => undefined))?.ok;
    }, 60_000);
  }

  /** Ends the server process, by SIGKILL unless told otherwise, and waits until it is gone. */
  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await gone;
  }

  async dispose(): Promise<void> {
    await this.stop("SIGTERM");
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async signUp(username = "researcher1"): Promise<void> {
    const password = "securepassword";
    await this.call("POST", "/auth/register", { email: `${username}@example.com`, username, password, full_name: "Jane Researcher" });
    await this.signIn(username);
  }

  async signIn(username = "researcher1"): Promise<void> {
    const { body } = await this.call("POST", "/auth/login", { username, password: "securepassword" });
    this.#token = (body as { access_token: string }).access_token;
  }

  async call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const headers: Record<string, string> = this.#token === "" ? {} : { authorization: `Bearer ${this.#token}` };
    const payload = body === undefined || body instanceof FormData ? (body as FormData | undefined) : JSON.stringify(body);
    if (typeof payload === "string") headers["content-type"] = "application/json";
    const response = await fetch(`${this.#base}/api/v1${path}`, { method, headers, body: payload ?? null });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : parse(text) };
  }

  async bytes(path: string): Promise<Uint8Array> {
    const response = await fetch(`${this.#base}/api/v1${path}`, { headers: { authorization: `Bearer ${this.#token}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  async upload(file: string, fields: Record<string, string>, sheet?: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", await openAsBlob(file), basename(file));
    if (sheet !== undefined) form.append("sample_sheet", await openAsBlob(sheet), basename(sheet));
    return (await this.call("POST", "/data/upload", form)) as { status: number; body: Record<string, unknown> };
  }

  /** Waits until a job has ended. @returns what GET /jobs/{id} says then */
  async ended(jobId: string, timeoutMs = 300_000): Promise<Record<string, unknown>> {
    let job: Record<string, unknown> = {};
    await until(async () => {
      job = (await this.call("GET", `/jobs/${jobId}`)).body as Record<string, unknown>;
      return ["completed", "failed", "cancelled"].includes(String(job.status));
    }, timeoutMs);
    return job;
  }
}

export async function until(condition: () => Promise<unknown>, timeoutMs: number): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
