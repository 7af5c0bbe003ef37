import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { testDatabase } from "../test/database.ts";
import { migrationsFolder } from "./database/migrate.ts";
import * as schema from "./schema.ts";

const database = testDatabase();
const tables = Object.values(schema).filter((value) => is(value, PgTable)) as PgTable[];

test("the migrated database has the tables of the schema, to the column", async () => {
  const { rows } = await database().pool.query(
    "select table_name, column_name, is_nullable, udt_name, character_maximum_length as length from information_schema.columns where table_schema = 'public'",
  );
  const found = rows
    .filter((row) => row.table_name !== "schema_migrations")
    .map((row) => `${row.table_name}.${row.column_name} ${row.is_nullable === "YES" ? "null" : "not null"} ${row.length ?? ""}`);
  const wanted = tables.flatMap((table) => {
    const { name, columns } = getTableConfig(table);
    return columns.map((column) => {
      const length = /^varchar\((\d+)\)$/.exec(column.getSQLType())?.[1] ?? "";
      return `${name}.${column.name} ${column.notNull ? "not null" : "null"} ${length}`;
    });
  });
  expect(found.sort()).toEqual(wanted.sort());
});

test("the enum labels are the published ones", async () => {
  const { rows } = await database().pool.query(
    "select typname as name, array_agg(enumlabel::text order by enumsortorder) as labels from pg_enum join pg_type on pg_type.oid = enumtypid group by typname",
  );
  const labels = Object.fromEntries(rows.map((row) => [row.name, row.labels.join(" ")]));
  expect(labels).toEqual({
    user_role: "user researcher admin",
    data_type:
      "bulk_rna_seq single_cell_rna_seq methylation copy_number proteomics mirna metabolomics microbiome clinical multi_omics other",
    job_type: "feature_selection model_training hyperparameter_tuning benchmarking preprocessing",
    job_status: "pending running completed failed cancelled",
    dataset_status: "ingesting ready failed",
    unit_state: "pending running done failed",
    range_state: "blocked pending leased done",
  });
});

test("the schema holds nothing that no migration makes", async () => {
  const journal = JSON.parse(await readFile(join(migrationsFolder, "meta", "_journal.json"), "utf8"));
  const last = `${String(journal.entries.at(-1).idx).padStart(4, "0")}_snapshot.json`;
  const snapshot = JSON.parse(await readFile(join(migrationsFolder, "meta", last), "utf8"));
  expect(await generateMigration(snapshot, generateDrizzleJson(schema, snapshot.id))).toEqual([]);
});

test("a job's dataset may go, a result's job may not outlive its result's reference", async () => {
  const { rows } = await database().pool.query(
    "select conname as name, confdeltype as rule from pg_constraint where contype = 'f' and conname ~ '^(jobs|results)_'",
  );
  expect(Object.fromEntries(rows.map((row) => [row.name, row.rule]))).toEqual({
    jobs_dataset_id_datasets_id_fk: "n",
    jobs_result_id_results_id_fk: "n",
    jobs_user_id_users_id_fk: "c",
    results_job_id_jobs_id_fk: "c",
  });
});
