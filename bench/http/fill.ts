import { randomBytes } from "node:crypto";
import { resolveConfig } from "@omicselector2/engine";
import { openDatabase } from "@omicselector2/platform";
import pg from "pg";

export const counts = { users: 1000, jobs: 100_000 };

/** Users, with ids of the jobs of each. */
export interface Filled {
  readonly users: readonly { readonly id: string; readonly hashedPassword: string; readonly jobs: readonly string[] }[];
}

/** Migrates the database and fills it: users with as many jobs each, most of them completed, with results. */
export async function fillDatabase(url: string): Promise<Filled> {
  const database = await openDatabase({ url });
  await database.close();
  // A connection of its own: that of a server ends statements which take as long as these.
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const { text, values } of statements) await client.query(text, values);
    const { rows: users } = await client.query<Filled["users"][number]>(
      `select u.id, hashed_password as "hashedPassword", array_agg(j.id order by j.created_at desc) as jobs
        from users u join jobs j on j.user_id = u.id group by u.id order by u.id`,
    );
    return { users };
  } finally {
    await client.end();
  }
}

/** As POST /jobs/feature-selection stores it. */
const config = JSON.stringify({
  methods: ["lasso", "elastic_net", "rf_importance"],
  ...resolveConfig(
    {
      target_column: "diagnosis",
      layer: "X",
      transform: "log2p1",
      impute: "median",
      scale: "auto",
      balance: "none",
      covariates: ["age", "sex"],
      exclude_columns: [],
      cv_folds: 5,
      cv_repeats: 1,
      seed: 42,
      stability: { enabled: true, n_bootstraps: 100, scheme: "subsample", assumption: "unimodal" },
      ensemble: { rule: "robust_rank_aggregation" },
      method_options: {},
      // biome-ignore lint/suspicious/noExplicitAny: what else there may be has its default
    } as any,
    20_531,
  ),
});

const statements = [
  {
    text: `insert into users (email, username, hashed_password)
      select 'user' || i || '@example.org', 'user' || i, $1 from generate_series(1, $2::int) i`,
    values: [randomBytes(30).toString("base64"), counts.users],
  },
  {
    text: `insert into datasets (name, data_type, owner_id, n_samples, n_features, bytes, content_hash)
      select 'cohort ' || i, 'bulk_rna_seq', id, 412, 20531, 70000000, repeat('ab', 32) from users, generate_series(1, 2) i`,
    values: [],
  },
  {
    text: `insert into jobs (job_type, status, celery_task_id, config, user_id, dataset_id, started_at, completed_at, error_message, queue,
        progress, message, event_seq, attempts, estimate, created_at)
      select 'feature_selection', status::job_status, gen_random_uuid()::text, $1::jsonb || jsonb_build_object('seed', i), u.id, d.id, at + interval '2 s',
        at + interval '95 s', case status when 'failed' then 'the target has one class only: name another column' end, 'default',
        case status when 'completed' then 100 else i % 90 end, 'reduce', 40, 1, '{"seconds": 84.5, "bytes": 412000000}', at
      from generate_series(1, $2::int) i
      join lateral (select case when i % 10 < 8 then 'completed' when i % 10 = 8 then 'failed' else 'cancelled' end as status,
        timestamptz '2026-01-01' + i * interval '37 s' as at) made on true
      join (select id, row_number() over (order by username) as n from users) u on u.n = 1 + i % $3::int
      join (select id, owner_id, row_number() over (partition by owner_id order by name) as n from datasets) d
        on d.owner_id = u.id and d.n = 1 + i % 2`,
    values: [config, counts.jobs, counts.users],
  },
  {
    text: `insert into results (job_id, selected_features, metrics, artifacts_path)
      select id, array['TP53', 'BRCA1', 'EGFR'], '{"stability": 0.8}', 's3://results/' || id || '/' from jobs where status = 'completed'`,
    values: [],
  },
  { text: "update jobs set result_id = results.id from results where results.job_id = jobs.id", values: [] },
  { text: "vacuum (full, analyze)", values: [] },
];
