import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoCohort } from "../../packages/cli/src/demo-cohort.ts";
import { freePort } from "../services/process.ts";
import { PatientClient } from "./client.ts";
import { untilHealthy } from "./cluster.ts";
import { startNode } from "./node.ts";

export type Study = Readonly<Record<string, unknown>>;

/** Studies that differ in their seed and methods, each of some hundred units. */
export function someStudies(count: number, bootstraps = 60): Study[] {
  const methods = [
    ["lasso", "t_test"],
    ["elastic_net", "rf_importance"],
    ["mrmr", "lasso", "moderated_t"],
  ];
  return Array.from({ length: count }, (_, k) => ({
    methods: methods[k % methods.length],
    config: {
      seed: k + 1,
      n_features_to_select: 12,
      cv_folds: 3,
      stability: { enabled: true, n_bootstraps: bootstraps, threshold: 0.6 },
    },
  }));
}

export const cohortCsv = (): string => demoCohort({ samples: 120, features: 1500 }).csv;

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** What an embedded server on a new folder gives for each study, undisturbed: SHA-256 of result.json. */
export async function undisturbed(studies: readonly Study[], csv: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "omicselector2-undisturbed-"));
  const port = await freePort();
  const env = { OMICSELECTOR_DATA_DIR: join(folder, "data"), PORT: String(port), HOST: "127.0.0.1", LOG_LEVEL: "warn", RATE_LIMIT: "off" };
  const server = startNode({ name: "embedded", args: ["serve"], env, log: join(folder, "log") });
  try {
    const address = `http://127.0.0.1:${port}`;
    await untilHealthy(address);
    const client = new PatientClient(address, "reference");
    await client.signUp();
    const dataset = await client.upload(csv);
    const hashes: string[] = [];
    for (const study of studies) {
      const job = await client.untilEnded(await client.submit(dataset, study), 600_000);
      if (job.status !== "completed") throw new Error(`undisturbed, a job ${job.status}: ${job.error_message}`);
      hashes.push(sha256(await client.resultBytes(job.result_id!)));
    }
    return hashes;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
