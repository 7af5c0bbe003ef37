import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { newEnoughGo } from "../services/minio.ts";

/** Programs that check what is deployed, each from the Go module proxy; what they check against comes from there too. */
const helm = "helm.sh/helm/v4/cmd/helm@v4.3.1";
const kubeconform = "github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0";
const modules = {
  /** the Kubernetes whose schemas the chart must fit: the oldest it allows, and the newest */
  oldest: "k8s.io/kubernetes@v1.30.14",
  newest: "k8s.io/kubernetes@v1.37.2",
  keda: "github.com/kedacore/keda/v2@v2.21.0",
  prometheusOperator: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
};

export interface Tools {
  readonly helm: string;
  readonly kubeconform: string;
  /** loads a compose file as `docker compose` does, and prints it as JSON */
  readonly composeLoad: string;
  /** ends with 1 where BuildKit would refuse a Dockerfile or warn */
  readonly dockerfileLint: string;
  /** folder of each module's sources */
  readonly sources: Readonly<Record<keyof typeof modules, string>>;
  /** for files made from the sources, kept from one run to the next */
  readonly cache: string;
}

type Say = (line: string) => void;

/** Builds what is not there yet, which takes some minutes once for a machine. @throws Error  Go is missing, or a build failed */
export function openTools(say: Say): Tools {
  const go = newEnoughGo(say);
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "omicselector2", "deploy");
  const install = (module: string) => {
    const folder = join(cache, module.replace(/[^\w.@-]/g, "_"));
    const program = join(folder, module.split("@")[0]!.split("/").at(-1)!);
    if (!existsSync(program)) {
      say(`building ${module}`);
      mkdirSync(folder, { recursive: true });
      run(go, ["install", module], { GOBIN: folder });
    }
    return program;
  };
  const download = (module: string): string => (JSON.parse(run(go, ["mod", "download", "-json", module])) as { Dir: string }).Dir;
  const sources = Object.fromEntries(Object.entries(modules).map(([name, module]) => [name, download(module)])) as Tools["sources"];
  const ours = (name: string) => buildOurs(name, go, cache, say);
  const [composeLoad, dockerfileLint] = [ours("compose-load"), ours("dockerfile-lint")];
  return { helm: install(helm), kubeconform: install(kubeconform), composeLoad, dockerfileLint, sources, cache };
}

/** A few lines of Go of our own, in the folder of that name. */
function buildOurs(name: string, go: string, cache: string, say: Say): string {
  const from = join(import.meta.dirname, name);
  const files = ["main.go", "go.mod", "go.sum"];
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(join(from, file)));
  const folder = join(cache, `${name}-${hash.digest("hex").slice(0, 16)}`);
  const program = join(folder, name);
  if (existsSync(program)) return program;
  say(`building ${name}`);
  mkdirSync(folder, { recursive: true });
  // Beside the sources go would write into the project.
  for (const file of files) copyFileSync(join(from, file), join(folder, file));
  run(go, ["build", "-mod=readonly", "-o", program, "."], {}, folder);
  return program;
}

function run(go: string, args: string[], env: Record<string, string> = {}, cwd?: string): string {
  return execFileSync(go, args, {
    env: { ...process.env, GOFLAGS: "-mod=mod", CGO_ENABLED: "0", GOTOOLCHAIN: "auto", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    ...(cwd !== undefined && { cwd }),
  });
}
