import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { findProgram, freePort, type Service, startService } from "./process.ts";

const version = "v0.0.0-20260212201848-7aac2a2c5b7c";
/** MinIO asks for a newer Go than Debian 12 has: Go itself comes through the module proxy then. */
const toolchain = `golang.org/toolchain@v0.0.1-go1.26.8.linux-${process.arch === "arm64" ? "arm64" : "amd64"}`;

export interface S3Access {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A new MinIO in `folder`, on 127.0.0.1 with random keys. @param program  see `minioProgram` */
export async function startMinio(folder: string, program: string): Promise<Service & { s3: S3Access }> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const s3: S3Access = {
    endpoint: `http://127.0.0.1:${port}`,
    accessKey: randomBytes(8).toString("hex"),
    secretKey: randomBytes(16).toString("hex"),
  };
  const service = await startService({
    name: "MinIO",
    port,
    command: [program, "server", folder, "--address", `127.0.0.1:${port}`, "--console-address", `127.0.0.1:${await freePort()}`, "--quiet"],
    env: { MINIO_ROOT_USER: s3.accessKey, MINIO_ROOT_PASSWORD: s3.secretKey, MINIO_BROWSER: "off", MINIO_UPDATE: "off", CI: "true" },
    log: join(folder, "..", "minio.log"),
    answers: async () => (await fetch(`${s3.endpoint}/minio/health/ready`, { signal: AbortSignal.timeout(2000) })).ok,
  });
  return { ...service, s3 };
}

/** Where the program is kept once it was built. */
const kept = () => join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "omicselector2", "minio", version);

/** Path of MinIO; undefined where it is neither installed nor built. */
export function minioProgram(): string | undefined {
  const built = join(kept(), "minio");
  return existsSync(built) ? built : findProgram("minio");
}

/** Builds MinIO with Go, which takes some minutes, once for a machine. @throws Error  Go is missing or the build failed */
export function buildMinio(say: (line: string) => void): string {
  const go = newEnoughGo(say);
  say(`building MinIO ${version} with ${go}, which takes some minutes`);
  mkdirSync(kept(), { recursive: true });
  execFileSync(go, ["install", `github.com/minio/minio@${version}`], {
    env: { ...process.env, GOBIN: kept(), GOFLAGS: "-mod=mod", CGO_ENABLED: "0", GOTOOLCHAIN: "local" },
    stdio: ["ignore", "ignore", "pipe"],
    maxBuffer: 2 ** 26,
  });
  return join(kept(), "minio");
}

/** Path of a Go of 1.24 or newer; an old one fetches a newer one through the module proxy. @throws Error  Go is missing */
export function newEnoughGo(say: (line: string) => void): string {
  const go = findProgram("go", ["/usr/local/go/bin", "/usr/lib/go/bin", ...debianGo()]);
  if (go === undefined) throw new Error("Go is not installed, and MinIO is built with it: apt-get install golang-go");
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(execFileSync(go, ["version"], { encoding: "utf8" })) ?? [];
  if (Number(major) > 1 || Number(minor) >= 24) return go;
  say(`fetching ${toolchain} through the Go module proxy, as ${go} is too old`);
  const answer = execFileSync(go, ["mod", "download", "-json", toolchain], {
    encoding: "utf8",
    env: { ...process.env, GOFLAGS: "-mod=mod" },
  });
  const { Dir: folder } = JSON.parse(answer) as { Dir: string };
  // The module cache keeps no permissions.
  const programs = [join(folder, "bin"), ...readdirSync(join(folder, "pkg", "tool")).map((name) => join(folder, "pkg", "tool", name))];
  for (const each of programs) {
    chmodSync(each, 0o755);
    for (const name of readdirSync(each)) chmodSync(join(each, name), 0o755);
  }
  return join(folder, "bin", "go");
}

function debianGo(): string[] {
  return existsSync("/usr/lib")
    ? readdirSync("/usr/lib")
        .filter((name) => name.startsWith("go-"))
        .map((name) => join("/usr/lib", name, "bin"))
    : [];
}
