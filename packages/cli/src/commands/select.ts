import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { SelectionResult } from "@omicselector2/contracts";
import { canonicalMethods, VERSION } from "@omicselector2/engine";
import { createStudyExecutor } from "@omicselector2/worker/study-executor";
import { Command } from "commander";
import { Fault } from "../fault.ts";
import { ingestFile, makeFolder, requireFiles, requireWritable } from "../ingest-file.ts";
import { createProgressBar } from "../progress-bar.ts";
import { addStudyOptions, configOf, type SelectFlags, whole } from "../select-options.ts";
import { summaryOf } from "../summary.ts";

interface Flags extends SelectFlags {
  threads: number;
  sampleSheet?: string;
  out: string;
}

export function selectCommand(): Command {
  const command = new Command("select")
    .description("select features of a CSV, TSV or h5ad file; table on the screen, artifacts in a folder")
    .argument("<file>", "matrix, samples in rows or in columns, plain or gzipped")
    .option("--sample-sheet <file>", "table that describes the samples, joined by name")
    .option("--threads <count>", "threads that compute", whole, availableParallelism())
    .option("--out <folder>", "where result.json, features.csv and run.json go", "omicselector2-out");
  return addStudyOptions(command).action(select);
}

async function select(file: string, flags: Flags): Promise<void> {
  const config = configOf(flags);
  const methods = canonicalMethods(flags.methods);
  if (flags.threads < 1) throw new Fault("--threads: at least 1 is needed");
  await requireFiles(file, flags.sampleSheet);
  await requireWritable(flags.out);
  const started = new Date();
  const folder = await mkdtemp(join(tmpdir(), "omicselector2-"));
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Fault("interrupted"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);
  const bar = createProgressBar();
  try {
    bar.update({ done: 0, total: 0, etaSeconds: null, message: `reading ${basename(file)}` });
    const dataset = await ingestFile(file, { sheet: flags.sampleSheet, output: join(folder, "data.h5ad"), signal: stop.signal });
    const { artifacts } = await createStudyExecutor({ threads: flags.threads }).run({
      datasetPath: join(folder, "data.h5ad"),
      datasetHash: dataset.hash,
      methods,
      config,
      signal: stop.signal,
      onProgress: (now) => bar.update(now),
    });
    bar.end();
    await writeArtifacts(flags.out, artifacts);
    await writeRun(flags, file, started, dataset.hash);
    const result = JSON.parse(new TextDecoder().decode(artifacts.get("result.json"))) as SelectionResult;
    process.stdout.write(`${summaryOf(result)}\n${[...artifacts.keys(), "run.json"].join(", ")} in ${flags.out}\n`);
  } finally {
    bar.end();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeArtifacts(out: string, artifacts: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await makeFolder(out);
  for (const [name, bytes] of artifacts) await writeFile(join(out, name), bytes);
}

/** When and where: what result.json leaves out, so that the same study gives the same bytes. */
async function writeRun(flags: Flags, file: string, started: Date, hash: string): Promise<void> {
  const finished = new Date();
  const run = {
    schema: "omicselector2/run/1",
    file: basename(file),
    file_bytes: (await stat(file)).size,
    dataset_sha256: hash,
    started_at: started.toISOString(),
    finished_at: finished.toISOString(),
    seconds: (finished.getTime() - started.getTime()) / 1000,
    threads: flags.threads,
    versions: { omicselector2: VERSION, node: process.versions.node },
    platform: `${process.platform} ${process.arch}`,
  };
  await writeFile(join(flags.out, "run.json"), `${JSON.stringify(run, null, 2)}\n`);
}
