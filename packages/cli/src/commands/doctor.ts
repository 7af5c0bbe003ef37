import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { ingestFile } from "../ingest-file.ts";

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("look a file over as an upload would: orientation, labels, missing values, scale, batches")
    .argument("<file>", "matrix, samples in rows or in columns, plain or gzipped")
    .option("--sample-sheet <file>", "table that describes the samples, joined by name")
    .option("--json", "the findings as JSON")
    .action(examine);
}

async function examine(file: string, { sampleSheet, json }: { sampleSheet?: string; json?: true }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "omicselector2-"));
  try {
    const report = await ingestFile(file, { sheet: sampleSheet, output: join(folder, "data.h5ad") });
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${textOf(report)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function textOf({ n, p, doctor }: Awaited<ReturnType<typeof ingestFile>>): string {
  const findings = doctor.findings.map(({ severity, title, detail, remedy }) => {
    const lines = [`${severity.toUpperCase().padEnd(8)}${title}`, detail, remedy === "" ? "" : `-> ${remedy}`];
    return lines.filter((line) => line !== "").join(`\n${" ".repeat(8)}`);
  });
  return [`${n} samples x ${p} features`, ...findings].join("\n");
}
