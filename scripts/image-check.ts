/*
 * npm run image-check [-- FOLDER]    does what deploy/Dockerfile says, without a container engine, and starts the result as a container would
 *
 * The instructions are read from the Dockerfile itself: COPY takes what .dockerignore lets through, RUN of the first stage is run, the second
 * stage's tree is laid out. The server then runs there with no privilege, as process 1 of its own, on a read-only file system with only
 * /tmp and /data to write to, until SIGTERM. Linux, as root; some minutes, 2 GB of disk under FOLDER (/var/tmp).
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, matchesGlob, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Instruction, parseDockerfile, stagesOf } from "./deploy/dockerfile.ts";
import { freePort } from "./services/process.ts";

const root = dirname(import.meta.dirname);
const rules = readFileSync(join(root, ".dockerignore"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
const say = (line: string) => void process.stdout.write(`${line}\n`);

try {
  await main(process.argv[2] ?? "/var/tmp");
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(where: string): Promise<void> {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    throw new Error("image-check needs Linux and root, to start the server as somebody else");
  const folder = mkdtempSync(join(where, "omicselector2-image-"));
  // The server runs as somebody else, who must reach its tree.
  chmodSync(folder, 0o755);
  try {
    const [build, final] = stagesOf(parseDockerfile(readFileSync(join(root, "deploy/Dockerfile"), "utf8"))) as [
      Instruction[],
      Instruction[],
    ];
    const made = join(folder, "build");
    layOut(build, made, root);
    const image = join(folder, "image");
    layOut(final, image, made);
    say(
      `${megabytes(image)} MB beside the base image: node_modules ${megabytes(join(image, "node_modules"))}, packages ${megabytes(join(image, "packages"))}`,
    );
    await runContained(image, final);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Carries out COPY, and RUN in its form without a shell; `/app` is `folder`. */
function layOut(stage: Instruction[], folder: string, context: string): void {
  mkdirSync(folder, { recursive: true });
  // npm comes from where this runs, Node is the pinned one, as in the image: it runs this very file.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  for (const { name, args, json } of stage) {
    if (name === "RUN" && json) {
      const [program, ...rest] = args.map((arg) => arg.replace(/^\/app(?=\/|$)/, folder)) as [string, ...string[]];
      say(`RUN ${args.join(" ")}`);
      execFileSync(program, rest, { cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] });
    }
    if (name !== "COPY") continue;
    const sources = args.filter((arg) => !arg.startsWith("--")).map((arg) => arg.replace(/^\/app\//, ""));
    const target = sources.pop()!;
    for (const source of sources) copy(context, source, join(folder, target), context === root);
  }
}

/** As Docker: the contents of a folder, a file under its name where the target ends with a slash. */
function copy(context: string, source: string, target: string, ignoring: boolean): void {
  const from = join(context, source);
  if (!existsSync(from)) throw new Error(`deploy/Dockerfile copies ${source}, which is not there`);
  const into = target.endsWith("/") || target.endsWith("/.") ? join(target, source.split("/").at(-1)!) : target;
  cpSync(from, into, { recursive: true, verbatimSymlinks: true, filter: (path) => !ignoring || passes(relative(context, path)) });
}

/** The last rule that names a path, or a folder above it, decides; a folder is entered when something below may pass. */
function passes(path: string): boolean {
  let ignored = false;
  for (const rule of rules) {
    const pattern = rule.replace(/^!/, "");
    const above = path.split("/").map((_, k, parts) => parts.slice(0, k + 1).join("/"));
    if (above.some((each) => matchesGlob(each, pattern))) ignored = !rule.startsWith("!");
  }
  return !ignored || rules.some((rule) => rule.startsWith(`!${path}/`));
}

async function runContained(image: string, final: Instruction[]): Promise<void> {
  const port = await freePort();
  const env = Object.fromEntries(final.filter(({ name }) => name === "ENV").flatMap(({ args }) => args.map((arg) => arg.split("="))));
  const uid = final.find(({ name }) => name === "USER")!.args[0]!.split(":")[0]!;
  const entry = final.find(({ name }) => name === "ENTRYPOINT")!.args.slice(1);
  const command = final.find(({ name }) => name === "CMD")!.args;
  const inside = (args: string[]) => [
    "setpriv",
    `--reuid=${uid}`,
    `--regid=${uid}`,
    "--clear-groups",
    "--no-new-privs",
    "--bounding-set=-all",
    "--inh-caps=-all",
    ...args,
  ];
  const nodeHere = join(image, ".node");
  mkdirSync(join(image, ".data"));
  cpSync(process.execPath, nodeHere);
  // What a container's runtime does: nothing can be written but two fresh folders, and the program is process 1.
  const setup = [
    "set -e",
    "mount --make-rprivate /",
    "mount -t tmpfs -o mode=1777 none /tmp",
    `mount --bind ${image} ${image}`,
    `mount -t tmpfs -o mode=0700,uid=${uid} none ${image}/.data`,
    `mount -o remount,bind,ro ${image}`,
    "mount -o remount,bind,ro /",
    `cd ${image}`,
    'exec "$@"',
  ].join("\n");
  const began = performance.now();
  const args = [
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "sh",
    "-c",
    setup,
    "sh",
    ...inside([nodeHere, ...entry, ...command]),
  ];
  const variables = { ...env, PORT: String(port), HOST: "127.0.0.1", OMICSELECTOR_DATA_DIR: join(image, ".data"), PATH: process.env.PATH };
  const server = spawn("unshare", args, { env: variables, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  server.stdout.on("data", (chunk) => {
    said += chunk;
  });
  const ended = once(server, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  await untilHealthy(nodeHere, image, variables, ended);
  say(`answers after ${Math.round(performance.now() - began)} ms on a read-only tree as user ${uid}`);
  await check(`http://127.0.0.1:${port}`);
  // unshare waits for its only child: the server, which is process 1 in there.
  const [pid] = execFileSync("pgrep", ["-P", String(server.pid)], { encoding: "utf8" }).split("\n");
  const asked = performance.now();
  process.kill(Number(pid), "SIGTERM");
  const [code] = await ended;
  if (code !== 0) throw new Error(`SIGTERM ended the server with code ${code}; it had said:\n${said}`);
  say(`SIGTERM ends it in ${Math.round(performance.now() - asked)} ms with code 0`);
}

async function untilHealthy(node: string, image: string, env: Record<string, string | undefined>, ended: Promise<unknown>): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (let tries = 0; tries < 100 && !over; tries++) {
    const probe = spawn(node, [join(image, "deploy/health.mjs")], { env: env as NodeJS.ProcessEnv, stdio: "ignore" });
    if ((await once(probe, "exit"))[0] === 0) return;
    await sleep(200);
  }
  throw new Error(over ? "the server ended by itself" : "deploy/health.mjs did not succeed in half a minute");
}

/** An account, a login and a list: database, secret and password hashing work in there. */
async function check(address: string): Promise<void> {
  const account = { username: "image_check", password: "a long pass phrase 1" };
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${address}/api/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`POST ${path} answers ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as { access_token: string };
  };
  await post("auth/register", { ...account, email: "image@example.org" });
  const { access_token: token } = await post("auth/login", account);
  const form = new FormData();
  const table = [
    "sample,label,g1,g2",
    ...Array.from({ length: 20 }, (_, k) => `s${k},${k % 2 ? "a" : "b"},${k * 1.5},${(k * 7) % 11}`),
  ].join("\n");
  form.set("file", new Blob([table]), "cohort.csv");
  form.set("name", "cohort");
  form.set("data_type", "bulk_rna_seq");
  const upload = await fetch(`${address}/api/v1/data/upload`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  if (upload.status !== 201) throw new Error(`the upload answers ${upload.status}: ${await upload.text()}`);
  say("registers, logs in, and reads an upload in its child process");
}

function megabytes(path: string): number {
  return Math.round(Number.parseInt(execFileSync("du", ["-sk", path], { encoding: "utf8" }), 10) / 1024);
}
