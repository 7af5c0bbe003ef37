import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { demoCohort } from "../packages/cli/src/demo-cohort.ts";
import { PatientClient } from "../scripts/cluster/client.ts";
import { type Cluster, startCluster } from "../scripts/cluster/cluster.ts";
import type { Measure } from "./row.ts";

/** The plan's own example: three methods in 100 resamples, on the size of TCGA's bladder cancer; two outer folds. */
const study = {
  methods: ["lasso", "elastic_net", "rf_importance"],
  config: { n_features_to_select: 50, cv_folds: 2, stability: { enabled: true, n_bootstraps: 100, threshold: 0.6 } },
};
const cohort = { samples: 412, features: 20_531 };

/** How much sooner a job ends with a second worker: processes of one thread each, on real services, in turns. */
export async function benchSpeedUp(rounds = 3): Promise<Measure[]> {
  const cluster = await startCluster({ workers: 1, threads: 1 });
  try {
    const client = new PatientClient(cluster.address, "bench");
    await client.signUp();
    const dataset = await client.upload(demoCohort(cohort).csv);
    const seconds = async () => {
      const began = performance.now();
      const job = await client.untilEnded(await client.submit(dataset, study), 1_800_000);
      if (job.status !== "completed") throw new Error(`the job ${job.status}: ${job.error_message}`);
      return (performance.now() - began) / 1000;
    };
    const one: number[] = [];
    const two: number[] = [];
    for (let round = 0; round < rounds; round++) {
      one.push(await seconds());
      const second = cluster.addWorker();
      await untilWorkers(cluster, 2);
      two.push(await seconds());
      await second.stop();
      await untilWorkers(cluster, 1);
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

/** Workers that have said that they are there, and none that has left. */
async function untilWorkers({ services }: Cluster, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: services.postgres.url });
  await client.connect();
  try {
    for (;;) {
      const { rows } = await client.query<{ n: number }>("select count(*)::int as n from workers");
      if (rows[0]!.n === count) return;
      await sleep(100);
    }
  } finally {
    await client.end();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
