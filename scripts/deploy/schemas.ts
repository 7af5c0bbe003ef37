import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

type Schema = Record<string, unknown>;
interface Kind {
  group: string;
  version: string;
  kind: string;
}

/**
 * Schemas for kubeconform, a file for each kind, made from the OpenAPI of Kubernetes and from definitions of custom resources. Strict:
 * a field that the API does not know is refused, as a typing error deserves.
 * @returns folder; made once, kept under `cache`
 */
export function schemasOf(kubernetes: string, customResources: readonly string[], cache: string): string {
  const name = createHash("sha256")
    .update([kubernetes, ...customResources, readFileSync(import.meta.filename)].join("\n"))
    .digest("hex");
  const folder = join(cache, `schemas-${name.slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  for (const [file, schema] of [...builtIn(kubernetes), ...customResources.flatMap(custom)])
    writeFileSync(join(making, file), JSON.stringify(schema));
  renameSync(making, folder);
  return folder;
}

/** Where kubeconform looks in that folder. */
export const location = (folder: string) => join(folder, "{{ .ResourceKind }}{{ .KindSuffix }}.json");

/** As kubeconform spells it: the group up to its first dot. */
function fileOf({ group, version, kind }: Kind): string {
  const short = group.split(".")[0]!;
  return `${[kind, short, version]
    .filter((part) => part !== "")
    .join("-")
    .toLowerCase()}.json`;
}

function builtIn(kubernetes: string): [string, Schema][] {
  const { definitions } = JSON.parse(readFileSync(join(kubernetes, "api/openapi-spec/swagger.json"), "utf8")) as {
    definitions: Record<string, Schema>;
  };
  const strictly = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, exact(name) ?? (strict(schema) as Schema)]),
  );
  return Object.entries(definitions).flatMap(([name, schema]) => {
    const [kind, ...more] = (schema["x-kubernetes-group-version-kind"] ?? []) as Kind[];
    // Options of requests belong to every group; nobody writes them down as a manifest.
    if (kind === undefined || more.length > 0) return [];
    const root = withKind(strictly[name]!, kind);
    return [[fileOf(kind), { ...root, definitions: reachable(root, strictly) }] as [string, Schema]];
  });
}

function withKind(schema: Schema, { group, version, kind }: Kind): Schema {
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const properties = { ...(schema.properties as Schema), apiVersion: { const: apiVersion }, kind: { const: kind } };
  return { ...schema, properties, required: [...new Set([...((schema.required as string[]) ?? []), "apiVersion", "kind"])] };
}

/** Two types that OpenAPI calls strings and YAML writes as numbers too. */
function exact(name: string): Schema | undefined {
  if (name.endsWith(".IntOrString")) return { type: ["string", "integer"] };
  if (name.endsWith(".Quantity")) return { type: ["string", "number"] };
  return undefined;
}

/** No field beyond those that are named; null for none. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== "object" || schema === null) return schema;
  const made: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties") made[key] = Object.fromEntries(Object.entries(value as Schema).map(([name, each]) => [name, strict(each)]));
    else if (!key.startsWith("x-kubernetes-") && key !== "format") made[key] = strict(value);
  }
  const open = "additionalProperties" in made || (schema as Schema)["x-kubernetes-preserve-unknown-fields"] === true;
  if ("properties" in made && !open) made.additionalProperties = false;
  if ((schema as Schema)["x-kubernetes-int-or-string"] === true) made.type = ["string", "integer"];
  return made;
}

function reachable(root: Schema, all: Record<string, Schema>): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const look = (schema: Schema) => {
    for (const [, name] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      if (name! in found) continue;
      found[name!] = all[name!]!;
      look(all[name!]!);
    }
  };
  look(root);
  return found;
}

interface CustomResource {
  kind: string;
  spec: { group: string; names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
}

function custom(folder: string): [string, Schema][] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => parse(readFileSync(join(folder, name), "utf8")) as CustomResource | null)
    .filter((resource) => resource?.kind === "CustomResourceDefinition")
    .flatMap((resource) => {
      const { group, names, versions } = resource!.spec;
      return versions.map(({ name: version, schema }) => {
        const kind = { group, version, kind: names.kind };
        const root = strict(schema.openAPIV3Schema) as Schema;
        // The API server checks these itself; in the definition they are any object.
        const properties = { ...(root.properties as Schema), metadata: { type: "object" } };
        return [fileOf(kind), withKind({ ...root, properties }, kind)] as [string, Schema];
      });
    });
}
