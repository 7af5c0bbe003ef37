import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Agreement } from "../../fixtures/agreement.ts";
import { sharedData } from "../../fixtures/data.ts";

export interface Row extends Agreement {
  /** folder below fixtures/oracles */
  readonly folder: string;
  /** name and version of what made the expected values */
  readonly versions: string;
}

const oracles = join(import.meta.dirname, "..", "..", "fixtures", "oracles");

/** The rows of every fixtures/oracles/<id>/agreement.ts, by folder. */
export async function readAgreements(): Promise<{ rows: Row[]; withoutData: boolean }> {
  const rows: Row[] = [];
  for (const folder of readdirSync(oracles).sort()) {
    const script = join(oracles, folder, "agreement.ts");
    if (!existsSync(script)) continue;
    const { agreements } = (await import(script)) as { agreements(): Agreement[] };
    const versions = versionsOf(folder);
    rows.push(...agreements().map((row) => ({ ...row, folder, versions })));
  }
  return { rows, withoutData: sharedData("golub_leukemia/golub_tidy.csv.gz") === undefined };
}

function versionsOf(folder: string): string {
  const path = join(oracles, folder, "versions.txt");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").join(", ") : "";
}
