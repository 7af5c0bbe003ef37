import {
  checkedOptions,
  describeMethod,
  type MethodDescription,
  type SharedOptions,
  selectorOf,
  selectors,
  wrapperDescriptions,
} from "@omicselector2/engine";
import type { Row } from "./agreements.ts";
import { short, table } from "./table.ts";

/** The shape at which the pages state a cost. */
const SHAPE = { n: 412, p: 20_531, classes: 2 };
const shared: SharedOptions = {
  nFeatures: 50,
  scale: "auto",
  classWeight: false,
  byPathEntry: false,
  innerFolds: 5,
  groups: undefined,
};

interface Property {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Property[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  default?: unknown;
  description?: string;
}

/** File name below docs/ -> text: one page a method, and their table. */
export function methodPages(all: readonly Row[]): [string, string][] {
  const rows = all.filter(({ kind }) => kind !== "model");
  const ids = selectors.map(({ id }) => id).sort();
  const pages = [
    ...ids.map((id) => [`methods/${id}.md`, page(id, rows)]),
    ...wrapperDescriptions.map((each) => [`methods/${each.id}.md`, wrapperPage(each, rows)]),
  ];
  return [["methods/README.md", overview(ids)], ...(pages as [string, string][])];
}

function overview(ids: readonly string[]): string {
  const lines = ids.map((id) => {
    const { aliases, tasks, summary } = describeMethod(id);
    return [`[\`${id}\`](${id}.md)`, aliases.map((alias) => `\`${alias}\``).join(", "), tasks.join(", "), summary];
  });
  return `# Methods

Written by \`npm run docs\` from the registry; the same texts stand in \`omicselector2 methods\`, in \`GET /api/v1/methods\` and on the page.
How closely each agrees with its reference implementation: [correctness](../correctness.md).

${table(["method", "also", "tasks", "what it is"], lines)}

Around any of them, asked for in \`config\`:

${table(
  ["wrapper", "also", "what it is"],
  wrapperDescriptions.map(({ id, aliases, summary }) => [
    `[\`${id}\`](${id}.md)`,
    aliases.map((alias) => `\`${alias}\``).join(", "),
    summary,
  ]),
)}
`;
}

function wrapperPage({ id, summary, explanation, source, options }: MethodDescription, rows: readonly Row[]): string {
  const parts = [
    `# ${id}`,
    `${summary}. Asked for in \`config.${id}\`.`,
    explanation,
    `Source: ${source}.`,
    "## Options",
    optionTable((options as { properties?: Record<string, Property> }).properties ?? {}),
    "## Agreement",
    agreementText(rows.filter((row) => row.method === id)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function page(id: string, rows: readonly Row[]): string {
  const { aliases, tasks, summary, explanation, source, options } = describeMethod(id);
  const also = aliases.length === 0 ? "" : ` Also taken as ${aliases.map((alias) => `\`${alias}\``).join(", ")}.`;
  const parts = [
    `# ${id}`,
    `${summary}.${also}`,
    explanation,
    `Tasks: ${tasks.join(", ")}. Source: ${source}.`,
    "## Options",
    optionTable((options as { properties?: Record<string, Property> }).properties ?? {}),
    "## Cost",
    costText(id),
    "## Agreement",
    agreementText(rows.filter((row) => row.method === id)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function optionTable(properties: Record<string, Property>): string {
  const entries = Object.entries(properties);
  if (entries.length === 0) return "None of its own.";
  return table(
    ["option", "values", "default", "meaning"],
    entries.map(([name, option]) => [
      `\`${name}\``,
      valuesOf(option),
      option.default === undefined ? "" : `\`${JSON.stringify(option.default)}\``,
      option.description ?? "",
    ]),
  );
}

function valuesOf(option: Property): string {
  if (option.anyOf !== undefined) return option.anyOf.map(valuesOf).join(" or ");
  if (option.const !== undefined) return `\`${JSON.stringify(option.const)}\``;
  if (option.enum !== undefined) return option.enum.map((value) => `\`${String(value)}\``).join(", ");
  return `${option.type ?? "any"}${rangeOf(option)}`;
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Property): string {
  const low = exclusiveMinimum === undefined ? minimum && `from ${minimum}` : `above ${exclusiveMinimum}`;
  const isBound = (value: number | undefined) => value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const high = isBound(exclusiveMaximum) ? `below ${exclusiveMaximum}` : isBound(maximum) ? `to ${maximum}` : "";
  const range = [minimum === 0 && exclusiveMinimum === undefined ? "from 0" : low, high].filter(Boolean).join(" ");
  return range === "" ? "" : ` ${range}`;
}

function costText(id: string): string {
  const selector = selectorOf(id);
  const options = checkedOptions(id, { method_options: {} }) as never;
  const shape = { ...SHAPE, classes: selector.tasks.includes("binary") || selector.tasks.includes("multiclass") ? 2 : 1 };
  const seconds = selector.cost(shape, options, shared);
  const memory = ` and ${short(selector.memory(shape, options, shared) / 2 ** 20)} MiB beside the matrix`;
  return `About ${short(seconds)} s${memory} for ${SHAPE.n} samples x ${SHAPE.p} features with the defaults, on one thread; the estimate of a job is made of these.`;
}

function agreementText(rows: readonly Row[]): string {
  if (rows.length === 0) return "No oracle is kept for this method.";
  return table(
    ["oracle", "quantity", "inputs", "largest deviation", "tolerance"],
    rows.map((row) => [row.oracle, row.quantity, row.inputs, short(row.deviation), short(row.tolerance)]),
  );
}
