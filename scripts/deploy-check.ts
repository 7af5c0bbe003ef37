/*
 * npm run deploy:check    what is under deploy/, checked with the tools of those who run it: helm lint and template for several sets of
 *                         values, kubeconform with the schemas of the oldest and the newest Kubernetes, KEDA and the Prometheus Operator,
 *                         the compose file loaded as `docker compose` loads it, and the Dockerfile read as `docker build` reads it
 *
 * The tools are built with Go once for a machine; nothing is sent anywhere and no engine is needed.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { accepted, refused } from "./deploy/cases.ts";
import { faultsOf, type Manifest, manifestsOf } from "./deploy/pods.ts";
import { location, schemasOf } from "./deploy/schemas.ts";
import { openTools, type Tools } from "./deploy/tools.ts";

const deploy = join(dirname(import.meta.dirname), "deploy");
const chart = join(deploy, "helm", "omicselector2");
const schemaFolders = { oldest: "1.30", newest: "1.37" } as const;
const say = (line: string) => void process.stdout.write(`${line}\n`);
let failed = 0;
let passed = 0;

const tools = openTools(say);
checkAccepted(tools);
checkRefused(tools);
check("dev-services.yaml", conforms(tools, readFileSync(join(deploy, "helm", "dev-services.yaml"), "utf8")));
checkCompose(tools);
checkDockerfile(tools);
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function checkAccepted({ helm, ...rest }: Tools): void {
  for (const [name, { values, kinds }] of Object.entries(accepted)) {
    const input = JSON.stringify(values);
    const lint = run(helm, ["lint", "--strict", chart, "--values", "-"], input);
    check(`${name}: helm lint`, lint.code === 0 ? [] : [lint.text]);
    for (const version of Object.values(schemaFolders)) {
      const made = run(helm, ["template", "trial", chart, "--namespace", "omics", "--kube-version", version, "--values", "-"], input);
      if (made.code !== 0) check(`${name}: helm template for ${version}`, [made.text]);
      else
        check(`${name}: Kubernetes ${version}`, [
          ...conforms({ helm, ...rest }, made.text, version),
          ...unlike(kinds, manifestsOf(made.text)),
        ]);
    }
  }
}

function checkRefused({ helm }: Tools): void {
  for (const [name, { values, says }] of Object.entries(refused)) {
    const { code, text } = run(helm, ["template", "trial", chart, "--values", "-"], JSON.stringify(values));
    check(`${name} is refused`, code !== 0 && says.test(text) ? [] : [`helm ended with ${code}: ${text}`]);
  }
}

/** Against the schemas, and against what we ask of every pod. */
function conforms({ kubeconform, sources, cache }: Tools, text: string, only?: string): string[] {
  const custom = [join(sources.keda, "config/crd/bases"), join(sources.prometheusOperator, "example/prometheus-operator-crd")];
  const faults = manifestsOf(text).flatMap(faultsOf);
  for (const [name, version] of Object.entries(schemaFolders)) {
    if (only !== undefined && only !== version) continue;
    const folder = schemasOf(sources[name as keyof typeof schemaFolders], custom, cache);
    const { code, text: said } = run(kubeconform, ["-strict", "-summary", "-schema-location", location(folder), "-"], text);
    if (code !== 0 || !/Invalid: 0, Errors: 0, Skipped: 0/.test(said)) faults.push(said);
  }
  return faults;
}

function unlike(wanted: Record<string, number>, manifests: readonly Manifest[]): string[] {
  const counts: Record<string, number> = {};
  for (const { kind } of manifests) counts[kind] = (counts[kind] ?? 0) + 1;
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(counts)])];
  return names.filter((kind) => wanted[kind] !== counts[kind]).map((kind) => `${counts[kind] ?? 0} of ${kind}, not ${wanted[kind] ?? 0}`);
}

function checkCompose({ composeLoad }: Tools): void {
  const file = join(deploy, "compose.yaml");
  const needed = ["DB_PASSWORD", "REDIS_PASSWORD", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", "SECRET_KEY"];
  const all = Object.fromEntries(needed.map((name) => [name, `trial-of-${name.toLowerCase()}`]));
  const whole = run(composeLoad, [file], "", all);
  check("compose.yaml is loaded", whole.code === 0 ? [] : [whole.text]);
  for (const name of needed) {
    const without = run(composeLoad, [file], "", { ...all, [name]: "" });
    check(
      `compose.yaml is refused without ${name}`,
      without.code !== 0 && without.text.includes(`${name} is missing a value`)
        ? []
        : [without.code === 0 ? "it was loaded" : without.text],
    );
  }
}

function checkDockerfile({ dockerfileLint }: Tools): void {
  const { code, text } = run(dockerfileLint, [join(deploy, "Dockerfile")], "");
  check("Dockerfile: BuildKit's parser and its rules", code === 0 ? [] : [text]);
}

function run(program: string, args: string[], input: string, env: Record<string, string> = {}): { code: number | null; text: string } {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    input,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26,
  });
  if (error !== undefined) throw error;
  return { code: status, text: status === 0 ? stdout : `${stdout}${stderr}`.trim() };
}

function check(name: string, faults: readonly string[]): void {
  if (faults.length === 0) passed++;
  else failed++;
  say(`${faults.length === 0 ? "ok    " : "FAILED"} ${name}`);
  for (const fault of faults) say(`         ${fault.replaceAll("\n", "\n         ")}`);
}
