/*
 * npm run schemathesis -- [--requests 20000] [--seed 1] [--keep FOLDER]
 *
 * Starts an embedded server of its own, fills it with a dataset, a job and its result, and has Schemathesis make requests from its
 * /openapi.json: as a user and as an admin, with ids that are there and with ids that are not. No answer may be a 5xx, have an
 * undocumented status or media type, or a body that its schema does not fit. Ends with 1 when one does.
 *
 * Schemathesis is a program in Python: pip install -r scripts/schemathesis/requirements.txt; SCHEMATHESIS names another program.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readConfig } from "@omicselector2/platform";
import { startEmbeddedServer } from "../packages/cli/src/embedded-server.ts";
import { type Run, runSchemathesis } from "./schemathesis/run.ts";
import { admins, makeAdmins, ownerOf } from "./schemathesis/seed.ts";

const program = process.env.SCHEMATHESIS ?? "schemathesis";

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { requests: { type: "string", default: "20000" }, seed: { type: "string", default: "1" }, keep: { type: "string" } },
  });
  checkVersion();
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), "omicselector2-schemathesis-"));
  mkdirSync(folder, { recursive: true });
  const config = readConfig({ OMICSELECTOR_DATA_DIR: join(folder, "data"), PORT: "0", RATE_LIMIT: "off", LOG_LEVEL: "error" });
  await makeAdmins(config);
  const server = await startEmbeddedServer(config, { level: "error" });
  try {
    const runs = await generate(server.address, folder, Number(values.requests), Number(values.seed));
    const requests = runs.reduce((sum, run) => sum + run.requests, 0);
    const failed = runs.filter((run) => !run.ok);
    process.stdout.write(`${requests.toLocaleString("en")} requests in ${runs.length} runs, ${failed.length} of them with findings\n`);
    return failed.length === 0 ? 0 : 1;
  } finally {
    await server.close();
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs with other examples each, until there were enough requests. */
async function generate(address: string, folder: string, wanted: number, firstSeed: number): Promise<Run[]> {
  const runs: Run[] = [];
  const kinds = [
    { who: "user", knownIds: false },
    { who: "user", knownIds: true },
    { who: "admin", knownIds: false },
  ];
  while (runs.length < kinds.length || runs.reduce((sum, { requests }) => sum + requests, 0) < wanted) {
    const { who, knownIds } = kinds[runs.length % kinds.length]!;
    const owner = await ownerOf(address, `${who}${runs.length % admins}`, who === "admin");
    const run = await runSchemathesis(program, { address, owner, knownIds, folder, seed: firstSeed + runs.length });
    if (run.requests === 0) throw new Error("Schemathesis made no request");
    runs.push(run);
  }
  return runs;
}

/** Another release makes other requests: its findings would come and go with it. */
function checkVersion(): void {
  const wanted = /^schemathesis==(.+)$/m.exec(readFileSync(join(import.meta.dirname, "schemathesis", "requirements.txt"), "utf8"))![1]!;
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  if (stdout?.includes(wanted)) return;
  throw new Error(
    `${program} (SCHEMATHESIS) must be Schemathesis ${wanted}, it is ${stdout?.trim() || "not there"}: pip install -r scripts/schemathesis/requirements.txt`,
  );
}
