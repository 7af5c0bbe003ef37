import { PatientClient } from "../scripts/cluster/client.ts";
import { startCluster } from "../scripts/cluster/cluster.ts";
import { cohortCsv } from "../scripts/cluster/studies.ts";
import type { Measure } from "./row.ts";

/** One study of some hundred units, long against reading the data and the reduce. */
const study = {
  methods: ["rf_importance", "lasso"],
  config: {
    n_features_to_select: 12,
    cv_folds: 3,
    stability: { enabled: true, n_bootstraps: 100, threshold: 0.6 },
    method_options: { rf_importance: { n_trees: 300 } },
  },
};

/** How much sooner a job ends with a second worker: processes of one thread each, on real services, in turns. */
export async function benchSpeedUp(rounds = 3): Promise<Measure[]> {
  const cluster = await startCluster({ workers: 1, threads: 1 });
  try {
    const client = new PatientClient(cluster.address, "bench");
    await client.signUp();
    const dataset = await client.upload(cohortCsv());
    const seconds = async () => {
      const began = performance.now();
      const job = await client.untilEnded(await client.submit(dataset, study), 1_800_000);
      if (job.status !== "completed") throw new Error(`the job ${job.status}: ${job.error_message}`);
      return (performance.now() - began) / 1000;
    };
    await seconds();
    const one: number[] = [];
    const two: number[] = [];
    for (let round = 0; round < rounds; round++) {
      one.push(await seconds());
      const second = cluster.addWorker();
      await client.submit(dataset, { ...study, config: { ...study.config, cv_folds: 2 } }).then((id) => client.untilEnded(id, 1_800_000));
      two.push(await seconds());
      await second.stop();
    }
    const [single, pair] = [median(one), median(two)];
    const note = `${single.toFixed(1)} s and ${pair.toFixed(1)} s, medians of ${rounds}`;
    return [
      {
        what: "speed-up of one job from 1 to 2 workers of one thread (at least 1.7)",
        measured: single / pair,
        unit: "x",
        target: null,
        note,
      },
    ];
  } finally {
    await cluster.stop();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
