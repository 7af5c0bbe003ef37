import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Owner } from "./seed.ts";

export interface RunOptions {
  readonly address: string;
  readonly owner: Owner;
  /** paths with an id get one that is there; otherwise it is made up, or taken from an earlier answer */
  readonly knownIds: boolean;
  /** where report and settings are written */
  readonly folder: string;
  readonly seed: number;
}

export interface Run {
  readonly requests: number;
  readonly ok: boolean;
}

const checks = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"];

/** One run of Schemathesis; its findings go to the standard output. */
export async function runSchemathesis(program: string, { address, owner, knownIds, folder, seed }: RunOptions): Promise<Run> {
  const settings = join(folder, `run-${seed}.toml`);
  const report = join(folder, `run-${seed}.ndjson`);
  writeFileSync(settings, knownIds ? withKnownIds(owner) : "");
  const options = [
    "--checks",
    checks.join(","),
    "--max-examples",
    "150",
    "--seed",
    String(seed),
    "--continue-on-failure",
    "--warnings",
    "off",
  ];
  const reports = ["--report", "ndjson", "--report-ndjson-path", report];
  // What is known would be gone after the first of them.
  const only = knownIds ? ["--exclude-method", "DELETE"] : [];
  const args = ["--config-file", settings, "run", `${address}/openapi.json`, "-H", `Authorization: Bearer ${owner.token}`, "--no-color"];
  const child = spawn(program, [...args, ...options, ...reports, ...only], { stdio: ["ignore", "inherit", "inherit"], cwd: folder });
  const [code] = (await once(child, "exit")) as [number | null];
  return { requests: await countRequests(report), ok: code === 0 };
}

function withKnownIds({ ids }: Owner): string {
  return Object.entries(ids)
    .map(([part, id]) => `[[operations]]\ninclude-path-regex = "/api/v1/${part}/"\nparameters = { "path.id" = "${id}" }\n`)
    .join("\n");
}

/** Each that Schemathesis sent, as its report holds them. */
async function countRequests(report: string): Promise<number> {
  let requests = 0;
  for await (const line of createInterface({ input: createReadStream(report) })) {
    const { ScenarioFinished: scenario } = JSON.parse(line) as { ScenarioFinished?: { recorder: { interactions: object } } };
    requests += Object.keys(scenario?.recorder.interactions ?? {}).length;
  }
  return requests;
}
