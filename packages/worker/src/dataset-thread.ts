import type { rest, SelectionConfig } from "@omicselector2/contracts";
import { estimateBytes, estimateSeconds, memoryBytes, shapeOf } from "@omicselector2/engine";
import {
  classSizes,
  type DataFile,
  exportCsv,
  findTarget,
  labelCandidates,
  type ObsColumn,
  readColumnsInto,
  readInfo,
} from "@omicselector2/formats";
import type { PlannedUnit } from "@omicselector2/platform";
import { summarise } from "./dataset-summary.ts";
import { openSource } from "./source.ts";
import { type StudySetup, setUpStudy } from "./study-setup.ts";
import { answer, type Reply } from "./thread.ts";

/** The script of the thread that looks into datasets: their names alone may take a while to read. */

export interface Check {
  readonly data: DataFile;
  readonly methods: readonly string[];
  readonly config: SelectionConfig;
  readonly threads: number;
}
export interface Checked extends Pick<StudySetup, "methods" | "config"> {
  readonly units: readonly PlannedUnit[];
  readonly estimateSeconds: number;
  readonly estimateBytes: number;
  readonly samples: number;
  readonly features: number;
}

/** What the samples of a dataset can be asked for. */
export interface SampleColumns {
  /** class sizes of the column that looks most like a target; null without one */
  readonly classes: Readonly<Record<string, number>> | null;
  /** likeliest first */
  readonly targetCandidates: readonly string[];
  readonly sampleColumns: readonly string[];
}

export interface Window {
  readonly data: DataFile;
  readonly rows: number;
  readonly columns: number;
}

export interface Export {
  readonly data: DataFile;
  readonly output: string;
}

answer({ check, describe, preview, csv, summary });

async function summary(data: DataFile): Promise<Reply> {
  return { value: await summarise(data) };
}

async function csv({ data, output }: Export): Promise<Reply> {
  await exportCsv(data, output);
  return { value: null };
}

/** Whether a study can be run at all, its units and its time. */
async function check({ data, methods, config, threads }: Check): Promise<Reply> {
  const setup = setUpStudy(await openSource(data, config), methods, config);
  const shape = shapeOf(setup.rows.length, setup.features.length, setup.target);
  // Refused here, with the figures, and not when the job runs.
  memoryBytes(shape.n, shape.p, threads);
  const value: Checked = {
    methods: setup.methods,
    config: setup.config,
    units: setup.plan.map(({ id, stage, cost }) => ({ id, stage, cost })),
    estimateSeconds: estimateSeconds(setup.plan, threads),
    estimateBytes: estimateBytes(shape, setup.methods, setup.config, threads),
    samples: setup.rows.length,
    features: setup.features.length,
  };
  return { value };
}

async function describe(data: DataFile): Promise<Reply> {
  const { obs } = await readInfo(data);
  const candidates = labelCandidates(obs);
  const target = findTarget(obs, findTarget(obs).found ? undefined : candidates[0]);
  const classes = target.found && target.column.kind === "categorical" ? sizesOf(target.column) : null;
  return { value: { classes, targetCandidates: candidates, sampleColumns: obs.map(({ name }) => name) } satisfies SampleColumns };
}

function sizesOf(column: Extract<ObsColumn, { kind: "categorical" }>): Record<string, number> {
  const sizes = classSizes(column);
  return Object.fromEntries(column.categories.map((name, k) => [name, sizes[k]!]));
}

/** The first samples and features. */
async function preview({ data, rows, columns }: Window): Promise<Reply> {
  const { n, p, sampleIds, featureNames, obs } = await readInfo(data);
  const samples = Uint32Array.from({ length: Math.min(rows, n) }, (_, i) => i);
  const features = Uint32Array.from({ length: Math.min(columns, p) }, (_, j) => j);
  const values = Array.from(features, () => new Float32Array(samples.length));
  await readColumnsInto(data, "X", samples, features, (j) => values[j]!);
  const shown: rest.Preview = {
    n_samples: n,
    n_features: p,
    sample_ids: sampleIds.slice(0, samples.length),
    feature_names: featureNames.slice(0, features.length),
    values: Array.from(samples, (i) => values.map((column) => finite(column[i]!))),
    sample_columns: Object.fromEntries(obs.map((column) => [column.name, Array.from(samples, (i) => cellOf(column, i))])),
  };
  return { value: shown };
}

function cellOf(column: ObsColumn, i: number): string | number | null {
  return column.kind === "numeric" ? finite(column.values[i]!) : (column.categories[column.codes[i]!] ?? null);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
