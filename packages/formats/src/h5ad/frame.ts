import { categorical, type ObsColumn } from "../cohort.ts";
import { IngestError } from "../errors.ts";
import { isMissing } from "../text/number.ts";
import { asNumbers, attribute, type Dataset, type Group, isDataset, isGroup, member } from "./file.ts";

export interface Frame {
  index: string[];
  columns: ObsColumn[];
  /** columns of a kind that is not read */
  skipped: string[];
}

const H5T_STRING = 3;
const H5T_ENUM = 8;

/** Names of the rows of an AnnData dataframe, without its columns. */
export function readIndex(parent: Group, name: string): string[] {
  const group = frameGroup(parent, name);
  const key = String(attribute(group, "_index") ?? (group.keys().includes("_index") ? "_index" : "index"));
  const index = group.get(key);
  if (isGroup(index)) return namesOf(readColumn(group, key)!);
  if (!isDataset(index)) throw layout(`${name} has no index`);
  return textsOf(index);
}

/** An AnnData dataframe of encoding 0.1.0 or 0.2.0. */
export function readFrame(parent: Group, name: string): Frame {
  const group = frameGroup(parent, name);
  const index = readIndex(parent, name);
  const indexKey = String(attribute(group, "_index") ?? "_index");
  const order = attribute(group, "column-order");
  const keys = Array.isArray(order) ? order.map(String) : group.keys().filter((key) => key !== "__categories" && key !== indexKey);
  const columns: ObsColumn[] = [];
  const skipped: string[] = [];
  for (const key of keys) {
    const column = readColumn(group, key);
    const length = column === undefined ? -1 : column.kind === "numeric" ? column.values.length : column.codes.length;
    if (column === undefined || length !== index.length) skipped.push(key);
    else columns.push(column);
  }
  return { index, columns, skipped };
}

function layout(what: string): IngestError {
  return new IngestError(
    "h5ad_layout",
    `not an AnnData file that can be read: ${what}`,
    "Write it again with a present anndata: adata.write_h5ad(file).",
  );
}

function tenX(): IngestError {
  return new IngestError(
    "h5ad_layout",
    "this is a file of 10x Genomics' Cell Ranger, not an AnnData file",
    "Turn it into one: scanpy.read_10x_h5(file).write_h5ad(other).",
  );
}

function frameGroup(parent: Group, name: string): Group {
  const entity = member(parent, name);
  if (isGroup(entity)) return entity;
  if (isDataset(entity)) throw layout(`${name} is a table of anndata 0.6 or older`);
  if (isGroup(member(parent, "matrix"))) throw tenX();
  throw layout(`there is no ${name}`);
}

/** The column `key` of a dataframe, undefined when its kind is not read. */
function readColumn(group: Group, key: string): ObsColumn | undefined {
  const entity = group.get(key);
  if (isGroup(entity)) return readEncodedGroup(entity, key);
  if (!isDataset(entity)) return undefined;
  const categories = oldCategories(group, entity, key);
  if (categories) return fromCodes(key, textsOf(categories), asNumbers(entity.value));
  return readPlain(entity, key);
}

/** Categories of encoding 0.1.0: beside the column in `__categories`, or wherever its attribute points. */
function oldCategories(group: Group, column: Dataset, key: string): Dataset | undefined {
  if (!("categories" in column.attrs)) return undefined;
  const folder = member(group, "__categories");
  const beside = isGroup(folder) ? folder.get(key) : null;
  if (isDataset(beside)) return beside;
  const reference = attribute(column, "categories");
  const target: unknown = column.dereference(reference as Parameters<Dataset["dereference"]>[0]);
  return isDataset(target) ? target : undefined;
}

function readEncodedGroup(group: Group, name: string): ObsColumn | undefined {
  const part = (key: string) => member(group, key);
  const codes = part("codes");
  const categories = part("categories");
  if (isDataset(codes)) {
    const texts = isDataset(categories)
      ? textsOf(categories)
      : isGroup(categories)
        ? namesOf(readEncodedGroup(categories, name)!)
        : undefined;
    return texts && fromCodes(name, texts, asNumbers(codes.value));
  }
  const values = part("values");
  const mask = part("mask");
  if (!isDataset(values) || !isDataset(mask)) return undefined;
  const plain = readPlain(values, name);
  const hidden = asNumbers(mask.value);
  if (plain?.kind === "numeric") for (let i = 0; i < hidden.length; i++) if (hidden[i] !== 0) plain.values[i] = Number.NaN;
  if (plain?.kind === "categorical") for (let i = 0; i < hidden.length; i++) if (hidden[i] !== 0) plain.codes[i] = -1;
  return plain;
}

function readPlain(dataset: Dataset, name: string): ObsColumn | undefined {
  const { type } = dataset.metadata;
  if (type === H5T_STRING) {
    return categorical(
      name,
      textsOf(dataset).map((text) => (isMissing(text) ? null : text)),
    );
  }
  // booleans are categories: a class that is written TRUE and FALSE must not turn into a measurement
  if (type === H5T_ENUM)
    return categorical(
      name,
      [...asNumbers(dataset.value)].map((value) => (value === 0 ? "False" : "True")),
    );
  if (type !== 0 && type !== 1) return undefined;
  return { name, kind: "numeric", values: asNumbers(dataset.value) };
}

function fromCodes(name: string, categories: string[], codes: Float64Array): ObsColumn {
  if (codes.some((code) => !(code < categories.length))) throw layout(`obs/${name} has codes beyond its ${categories.length} categories`);
  const missing = categories.map((text) => isMissing(text));
  if (!missing.includes(true)) return { name, kind: "categorical", categories, codes: Int32Array.from(codes) };
  return categorical(
    name,
    Array.from(codes, (code) => (code < 0 || missing[code] ? null : categories[code]!)),
  );
}

function namesOf(column: ObsColumn): string[] {
  if (column.kind === "numeric") return Array.from(column.values, String);
  return Array.from(column.codes, (code) => (code < 0 ? "" : column.categories[code]!));
}

/** Strings of a dataset; numbers as they are spelled shortest. */
function textsOf(dataset: Dataset): string[] {
  const { value } = dataset;
  if (Array.isArray(value)) return value.map(String);
  if (value === null) return [];
  return Array.from(value as ArrayLike<number | bigint>, String);
}
