/** What is wrong with an upload; stable, used as the problem type of the REST API. */
export type IngestErrorCode =
  | "not_a_matrix"
  | "binary_file"
  | "truncated"
  | "encoding"
  | "ragged_row"
  | "not_a_number"
  | "no_samples"
  | "no_features"
  | "orientation"
  | "sheet_mismatch"
  | "h5ad_layout"
  | "too_large"
  | "memory_limit"
  | "time_limit"
  | "output"
  | "internal";

export interface IngestErrorPlace {
  /** line of the file, the first is 1 */
  row?: number | undefined;
  /** name of the column as the file spells it */
  column?: string | undefined;
  /** the place is in the sample sheet */
  sheet?: boolean | undefined;
}

/** A fault of the upload that its owner can mend: `message` says what was expected and what came, `remedy` what to do. */
export class IngestError extends Error {
  readonly code: IngestErrorCode;
  readonly remedy: string;
  readonly row: number | undefined;
  readonly column: string | undefined;
  readonly sheet: boolean;

  constructor(code: IngestErrorCode, message: string, remedy: string, place: IngestErrorPlace = {}) {
    super(message);
    this.name = "IngestError";
    this.code = code;
    this.remedy = remedy;
    this.row = place.row;
    this.column = place.column;
    this.sheet = place.sheet === true;
  }

  toJSON(): IngestErrorJson {
    return {
      code: this.code,
      message: this.message,
      remedy: this.remedy,
      ...(this.row === undefined ? {} : { row: this.row }),
      ...(this.column === undefined ? {} : { column: this.column }),
      ...(this.sheet ? { sheet: true } : {}),
    };
  }
}

export interface IngestErrorJson {
  code: IngestErrorCode;
  message: string;
  remedy: string;
  row?: number;
  column?: string;
  sheet?: boolean;
}

export function ingestErrorFrom(json: IngestErrorJson): IngestError {
  return new IngestError(json.code, json.message, json.remedy, { row: json.row, column: json.column, sheet: json.sheet });
}

/** The same fault, known to be of the sample sheet. @param prefix  put before its message */
export function ofSheet(error: unknown, prefix = ""): unknown {
  if (!(error instanceof IngestError)) return error;
  const { code, message, remedy, row, column } = error;
  return new IngestError(code, `${prefix}${message}`, remedy, { row, column, sheet: true });
}

/** @param what  what HDF5 says, shortened for the user */
export function damagedH5ad(what: string): IngestError {
  const said = what.trim().split("\n")[0]!.slice(0, 120);
  return new IngestError(
    "h5ad_layout",
    `the HDF5 file is damaged or holds what cannot be read${said === "" ? "" : ` (${said})`}`,
    "Write it again with a present anndata, values as float32: adata.write_h5ad(file).",
  );
}
