/*
 * npm run bench -- [--quick] [--only lasso,forest,example,ingest,http,memory,server,cluster] [--json FILE]
 *
 * Compares this engine with its peers on the same data in one run. RSCRIPT and PYTHON name the programs of the peers.
 */
import { existsSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { makeCohort } from "./cohort.ts";
import { installedPeers, withPeer } from "./peer.ts";
import type { Comparison, Measure } from "./row.ts";
import { exampleRows } from "./rows/example.ts";
import { forestRows } from "./rows/forest.ts";
import { httpRows } from "./rows/http.ts";
import { ingestRows } from "./rows/ingest.ts";
import { lassoRows } from "./rows/lasso.ts";
import type { Setting } from "./rows/setting.ts";
import { comparisonTable, measureTable } from "./table.ts";

const comparisons: Record<string, (setting: Setting) => Promise<Comparison[]>> = {
  lasso: lassoRows,
  forest: forestRows,
  example: exampleRows,
  ingest: ingestRows,
  http: httpRows,
};
/** file, and the function in it */
const measures: Record<string, [string, string]> = {
  memory: ["memory.ts", "benchMemory"],
  server: ["server.ts", "benchServer"],
  cluster: ["speed-up.ts", "benchSpeedUp"],
};
const known = [...Object.keys(comparisons), ...Object.keys(measures)];

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", default: known.join(",") },
      json: { type: "string" },
      shape: { type: "string", default: "412x20531" },
    },
  });
  const wanted = values.only.split(",");
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`--only knows ${known.join(", ")}; not ${unknown.join(", ")}`);
  const [n, p] = values.shape.split("x").map(Number) as [number, number];
  const setting: Setting = { quick: values.quick, peers: installedPeers(), threads: Math.min(2, availableParallelism()), n, p };
  const machine = await machineLine(setting);

  const compared: Comparison[] = [];
  for (const name of Object.keys(comparisons).filter((section) => wanted.includes(section))) {
    compared.push(...(await comparisons[name]!(setting)));
  }
  const measured: Measure[] = [];
  for (const name of Object.keys(measures).filter((section) => wanted.includes(section))) measured.push(...(await measure(name)));

  console.log(machine);
  if (compared.length > 0) console.log(comparisonTable(compared));
  if (measured.length > 0) console.log(measureTable(measured));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, compared, measured }, null, 2)}\n`);
}

/** These live in files of their own, each loaded only when asked for. */
async function measure(name: string): Promise<Measure[]> {
  const [file, callee] = measures[name]!;
  const url = new URL(file, import.meta.url);
  if (!existsSync(url)) {
    process.stderr.write(`left out: ${name}, there is no bench/${file}\n`);
    return [];
  }
  const module = (await import(url.href)) as Record<string, () => Promise<Measure[]>>;
  return module[callee]!();
}

async function machineLine({ peers, quick }: Setting): Promise<string> {
  const { matrix } = makeCohort(4, 4, 1);
  const parts = [`${availableParallelism()} cores`, `Node ${process.versions.node}`];
  for (const program of [peers.r, peers.python]) {
    const versions = await withPeer(program, matrix, async (peer) => peer?.ask<Record<string, unknown>>("versions"));
    for (const [name, version] of Object.entries(versions ?? {})) if (typeof version === "string") parts.push(`${name} ${version}`);
  }
  return `${parts.join(", ")}${quick ? "; quick" : ""}. Seconds are core-seconds unless by the clock; ratio: theirs over ours.`;
}
