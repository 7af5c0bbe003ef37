import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ingest } from "@omicselector2/formats";
import { ingestInChild } from "@omicselector2/formats/in-child";
import { median } from "../agreement.ts";
import { makeCohort, writeCsv } from "../cohort.ts";
import { coreSeconds } from "../pairs.ts";
import type { Comparison } from "../row.ts";
import { type Setting, say } from "./setting.ts";

/** A CSV of the cohort to its data.h5ad as an upload takes it: a child process that is started, parses, examines, hashes, writes. */
export async function ingestRows({ n, p, quick }: Setting): Promise<Comparison[]> {
  say("CSV to dataset");
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const input = join(folder, "cohort.csv");
    writeCsv(makeCohort(n, p, 1), input);
    const times: number[] = [];
    for (let run = 0; run <= (quick ? 2 : 4); run++) {
      const start = performance.now();
      await ingestInChild({ input, output: join(folder, "data.h5ad") }, { memoryMb: 4096, seconds: 600 });
      // the first reads the file from the disk, and is left out
      if (run > 0) times.push((performance.now() - start) / 1000);
    }
    const start = coreSeconds();
    await ingest({ input, output: join(folder, "again.h5ad") });
    const agreement = `within this process ${(coreSeconds() - start).toPrecision(2)} core-seconds`;
    const megabytes = Math.round(statSync(input).size / 1e6);
    const work = `CSV of ${n.toLocaleString("en")} x ${p.toLocaleString("en")} (${megabytes} MB) to dataset, by the clock`;
    return [{ work, ours: median(times), agreement, target: { seconds: 3 } }];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
