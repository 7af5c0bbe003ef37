import {
  balances,
  ensembleConfig,
  imputations,
  type SelectionConfig,
  type SelectionConfigInput,
  scales,
  selectionConfig,
  stabilityAssumptions,
  stabilitySchemes,
  transforms,
} from "@omicselector2/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { Fault } from "./fault.ts";

/** The flags of a study, as commander gives them. */
export interface SelectFlags {
  target?: string;
  methods: string[];
  nFeatures?: number;
  stability?: true;
  bootstraps?: number;
  threshold?: number;
  scheme?: (typeof stabilitySchemes)[number];
  q?: number;
  pfer?: number;
  assumption?: (typeof stabilityAssumptions)[number];
  seed?: number;
  folds?: number;
  repeats?: number;
  transform?: (typeof transforms)[number];
  clip?: [number, number];
  layer?: "X" | "raw";
  impute?: (typeof imputations)[number];
  scale?: (typeof scales)[number];
  balance?: (typeof balances)[number];
  time?: string;
  event?: string;
  eventValue?: string;
  task?: SelectionConfigInput["task"];
  ensemble?: SelectionConfig["ensemble"]["rule"];
  exclude?: string[];
  groups?: string;
  covariates?: string[];
  positiveClass?: string;
  prefilter?: NonNullable<SelectionConfigInput["prefilter"]>;
  option?: [method: string, name: string, value: unknown][];
}

export function addStudyOptions(command: Command): Command {
  return command
    .requiredOption("--methods <ids>", "methods, separated by commas; `omicselector2 methods` lists them", list)
    .option("--target <column>", "sample column to be predicted; found by its name when left out")
    .option("--time <column>", "survival: time to the event or to the last sight; goes with --event")
    .option("--event <column>", "survival: whether the event was seen; goes with --time")
    .option("--event-value <value>", "value of the event column that says that the event was seen")
    .option("--n-features <count>", "at most this many features in the signature (50)", whole)
    .option("--stability", "resample the whole selection and keep what is selected often enough")
    .option("--bootstraps <count>", "resamples (100)", whole)
    .option("--threshold <share>", "share of the resamples in which a feature must be selected (0.7)", number)
    .addOption(new Option("--scheme <name>", "how samples are drawn (subsample)").choices(stabilitySchemes))
    .option("--q <count>", "features taken in each resample", whole)
    .option("--pfer <count>", "accept at most so many false selections: q or the threshold follows", number)
    .addOption(new Option("--assumption <name>", "complementary_pairs: of selection frequencies (unimodal)").choices(stabilityAssumptions))
    .option("--seed <number>", "every random number comes from it (42)", whole)
    .option("--folds <count>", "outer folds, and inner folds of methods that tune (5)", whole)
    .option("--repeats <count>", "repeats of the outer folds (1)", whole)
    .addOption(new Option("--transform <name>", "applied to every value first (none)").choices(transforms))
    .option("--clip <lowest,highest>", "bounds of every value, before the transform", pair)
    .addOption(new Option("--layer <name>", "matrix of an h5ad file (X)").choices(["X", "raw"]))
    .addOption(new Option("--impute <how>", "missing values, learned in every training part (median)").choices(imputations))
    .addOption(new Option("--scale <how>", "what linear, SVM and distance methods divide columns by (auto)").choices(scales))
    .addOption(new Option("--balance <how>", "classes of unequal size, in training parts only (none)").choices(balances))
    .addOption(
      new Option("--task <name>", "what the target is; told by its values when left out").choices([
        "classification",
        "regression",
        "survival",
        "unsupervised",
      ]),
    )
    .addOption(
      new Option("--ensemble <rule>", "how several methods agree (robust_rank_aggregation)").choices(
        ensembleConfig.unwrap().shape.rule.unwrap().options,
      ),
    )
    .option("--exclude <columns>", "numeric columns that are no features, separated by commas", list)
    .option("--groups <column>", "sample column whose members never straddle a split")
    .option("--covariates <columns>", "columns that stay in the model unpenalised, separated by commas, as in age,sex", list)
    .option("--positive-class <name>", "of two classes the one that a higher score speaks for")
    .option(
      "--prefilter <method:cut>",
      "run first, inside every resample, as in t_test:top=500, anova:fdr=0.1 or t_test:alpha=0.05",
      prefilter,
    )
    .option("--option <method.name=value>", "option of one method; may be repeated", methodOption);
}

/** @throws Fault  naming the flag */
export function configOf(flags: SelectFlags): SelectionConfig {
  const given: SelectionConfigInput = {
    target_column: flags.target,
    time_column: flags.time,
    event_column: flags.event,
    event_value: flags.eventValue,
    positive_class: flags.positiveClass,
    task: flags.task,
    layer: flags.layer,
    transform: flags.transform ?? (flags.clip === undefined ? undefined : "clip"),
    clip: flags.clip,
    impute: flags.impute,
    scale: flags.scale,
    balance: flags.balance,
    prefilter: flags.prefilter,
    groups: flags.groups,
    covariates: flags.covariates,
    exclude_columns: flags.exclude,
    cv_folds: flags.folds,
    cv_repeats: flags.repeats,
    n_features_to_select: flags.nFeatures,
    seed: flags.seed,
    stability: stabilityOf(flags),
    ensemble: flags.ensemble === undefined ? undefined : { rule: flags.ensemble },
    method_options: optionsOf(flags.option ?? []),
  };
  const parsed = selectionConfig.safeParse(given);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new Fault(`${flagOf(path)}: ${message}`);
}

function stabilityOf({ stability, bootstraps, ...given }: SelectFlags): SelectionConfigInput["stability"] {
  const { threshold, scheme, q, pfer, assumption } = given;
  const stray = Object.entries({ bootstraps, threshold, scheme, q, pfer, assumption }).find(([, value]) => value !== undefined);
  if (!stability && stray !== undefined) throw new Fault(`--${stray[0]} goes with --stability`);
  return { enabled: stability === true, n_bootstraps: bootstraps, threshold, scheme, q, pfer, assumption };
}

function optionsOf(given: NonNullable<SelectFlags["option"]>): Record<string, Record<string, unknown>> {
  const options: Record<string, Record<string, unknown>> = {};
  for (const [method, name, value] of given) options[method] = { ...options[method], [name]: value };
  return options;
}

const flags: Record<string, string> = {
  target_column: "--target",
  time_column: "--time",
  event_column: "--event",
  n_features_to_select: "--n-features",
  cv_folds: "--folds",
  cv_repeats: "--repeats",
  exclude_columns: "--exclude",
  "stability.n_bootstraps": "--bootstraps",
  "stability.threshold": "--threshold",
};

function flagOf(path: readonly PropertyKey[]): string {
  return flags[path.map(String).join(".")] ?? `--${String(path.at(-1)).replaceAll("_", "-")}`;
}

export function list(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.includes("")) throw new InvalidArgumentError("names separated by commas are expected.");
  return items;
}

export function whole(text: string): number {
  if (!/^\d{1,16}$/.test(text)) throw new InvalidArgumentError("a whole number is expected.");
  return Number(text);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("a number is expected.");
  return value;
}

function pair(text: string): [number, number] {
  const values = text.split(",");
  if (values.length !== 2) throw new InvalidArgumentError("two numbers are expected, as in 1,16000.");
  return [number(values[0]!), number(values[1]!)];
}

/** `t_test:top=500` */
function prefilter(text: string): NonNullable<SelectFlags["prefilter"]> {
  const [, method, cut, value] = /^([a-z0-9_]+):(top|alpha|fdr)=(.+)$/.exec(text) ?? [];
  if (method === undefined) throw new InvalidArgumentError("method:top=500, method:alpha=0.05 or method:fdr=0.1 is expected.");
  return { method, [cut!]: number(value!) };
}

/** `lasso.lambda=1se`; a value that reads as JSON is taken as such. */
function methodOption(text: string, before: SelectFlags["option"] = []): SelectFlags["option"] {
  const [, method, name, value] = /^([a-z0-9_]+)\.([a-z0-9_]+)=(.*)$/.exec(text) ?? [];
  if (method === undefined) throw new InvalidArgumentError("method.name=value is expected, as in lasso.lambda=1se.");
  return [...before, [method, name!, jsonOr(value!)]];
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
