import pg from "pg";
import type { Cluster } from "./cluster.ts";

export interface End {
  readonly jobId: string;
  readonly study: number;
  readonly status: string;
  readonly hash: string | null;
}

export interface Tally {
  readonly rows: readonly [what: string, seen: number | string, wanted: number | string][];
  readonly broken: ReadonlyMap<string, number>;
  readonly restarts: string;
  readonly retries: number;
  readonly good: boolean;
}

/** What the users got, and what the database says of it. */
export async function tallyOf(run: {
  cluster: Cluster;
  ends: readonly End[];
  expected: readonly string[];
  jobs: number;
  broken: ReadonlyMap<string, number>;
  retries: number;
}): Promise<Tally> {
  const { cluster, ends, expected, jobs, broken, retries } = run;
  const client = new pg.Client({ connectionString: cluster.services.postgres.url });
  await client.connect();
  const number = async (query: string) => Number((await client.query(query)).rows[0].n);
  try {
    const rows: [string, number, number][] = [
      ["jobs that users submitted", ends.length, jobs],
      ["jobs in the database", await number("select count(*) n from jobs"), jobs],
      ["completed", ends.filter(({ status }) => status === "completed").length, jobs],
      ["with the bytes of the undisturbed run", ends.filter(({ hash, study }) => hash === expected[study]).length, jobs],
      ["results in the database", await number("select count(*) n from results"), jobs],
      [
        "jobs with exactly one last event",
        await number(
          "select count(*) n from (select job_id from job_events where payload->>'status' in ('completed', 'failed', 'cancelled') group by job_id having count(*) = 1) e",
        ),
        jobs,
      ],
      [
        "jobs whose events have a gap",
        await number("select count(*) n from jobs j where event_seq <> (select count(*) from job_events e where e.job_id = j.id)"),
        0,
      ],
      ["units that are not done", await number("select count(*) n from job_units where state <> 'done'"), 0],
      ["ranges that are not done", await number("select count(*) n from job_ranges where state <> 'done'"), 0],
    ];
    const restarts = [cluster.api, ...cluster.workers].map((node) => `${node.name} ${node.restarts()}`).join(", ");
    return { rows, broken, restarts, retries, good: rows.every(([, seen, wanted]) => seen === wanted) };
  } finally {
    await client.end();
  }
}

export function printTally({ rows, broken, restarts, retries, good }: Tally): void {
  const line = (text: string) => void process.stdout.write(`${text}\n`);
  line("\nwhat was broken");
  for (const [name, times] of broken) line(`  ${String(times).padStart(3)} x  ${name}`);
  line(`  started again: ${restarts}; requests asked again: ${retries}`);
  line("\nwhat came of it");
  for (const [what, seen, wanted] of rows)
    line(`  ${what.padEnd(40)} ${String(seen).padStart(5)} of ${String(wanted).padStart(5)}  ${seen === wanted ? "" : "WRONG"}`);
  line(good ? "\nnothing lost, nothing doubled" : "\nFAILED");
}
