import { EngineError } from "@omicselector2/engine";
import { BlobMissing, CursorError, type Dependency, KeyLost, LastAdmin, whatIsAway } from "@omicselector2/platform";
import { invalid, Problem } from "./problems.ts";

/** Whatever was thrown as the problem that the client gets; what nobody foresaw says nothing about the inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof EngineError) return engineProblem(error);
  if (isIngestError(error)) return uploadProblem(error);
  if (error instanceof CursorError) return invalid([{ path: "cursor", message: error.message }]);
  if (error instanceof KeyLost) return new Problem("request_under_way", undefined, { retryAfter: 1 });
  if (error instanceof LastAdmin) return new Problem("last_admin", error.message);
  if (error instanceof BlobMissing) return new Problem("unavailable", "the file of this resource cannot be reached", { retryAfter: 5 });
  const away = whatIsAway(error);
  if (away !== undefined) return new Problem("unavailable", unavailable[away], { retryAfter: 2 });
  return frameworkProblem(error) ?? new Problem("internal");
}

const joined = (path: readonly PropertyKey[]): string => path.map(String).join(".");

function engineProblem({ code, message, path }: EngineError): Problem {
  return new Problem("selection_refused", message, { errors: [{ path: joined(path), message }], cause_code: code });
}

/** What reading a file refuses; formats is not imported here, so it is known by its shape. */
interface IngestErrorLike {
  code: string;
  message: string;
  remedy: string;
  row?: number | undefined;
  column?: string | undefined;
  /** the fault is in the sample sheet */
  sheet?: boolean | undefined;
}

function isIngestError(error: unknown): error is IngestErrorLike {
  return error instanceof Error && error.name === "IngestError" && "code" in error && "remedy" in error;
}

const uploadCodes: Record<string, "upload_too_large" | "unsupported_media_type" | "upload_incomplete" | "internal"> = {
  binary_file: "unsupported_media_type",
  too_large: "upload_too_large",
  memory_limit: "upload_too_large",
  truncated: "upload_incomplete",
  output: "internal",
  internal: "internal",
};

function uploadProblem({ code, message, remedy, row, column, sheet }: IngestErrorLike): Problem {
  const mapped = uploadCodes[code] ?? "upload_refused";
  if (mapped === "internal") return new Problem("internal");
  const path = sheet === true ? "sample_sheet" : "file";
  return new Problem(mapped, message, { row, column, remedy, cause_code: code, errors: [{ path, message }] });
}

const unavailable: Record<Dependency, string> = {
  database: "the database cannot be reached; nothing was changed, try again",
  blobs: "the store of files cannot be reached, try again",
  redis: "the queue cannot be reached, try again",
  service: "something that this server stands on cannot be reached, try again",
};

const frameworkCodes: Record<string, () => Problem> = {
  FST_ERR_CTP_INVALID_JSON_BODY: () => new Problem("malformed_json"),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new Problem("malformed_json"),
  FST_ERR_CTP_BODY_TOO_LARGE: () => new Problem("body_too_large"),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new Problem("unsupported_media_type"),
  FST_REQ_FILE_TOO_LARGE: () => new Problem("upload_too_large"),
  FST_FILES_LIMIT: () => invalid([{ path: "", message: "at most two files: file and sample_sheet" }]),
  FST_PARTS_LIMIT: () => invalid([{ path: "", message: "the form has too many parts" }]),
  FST_FIELDS_LIMIT: () => invalid([{ path: "", message: "the form has too many fields" }]),
  FST_PROTO_VIOLATION: () => invalid([{ path: "", message: "a field of the form has a name that cannot be taken" }]),
  FST_INVALID_JSON_FIELD_ERROR: () => invalid([{ path: "metadata", message: "is not JSON" }]),
  FST_MP_PREMATURE_CLOSE: () => new Problem("upload_incomplete"),
};

function frameworkProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error ? String(error.code) : "";
  const known = frameworkCodes[code];
  if (known !== undefined) return known();
  const status = "statusCode" in error ? Number(error.statusCode) : 500;
  // Whatever else Fastify or the JSON parser finds wrong with a request.
  return status >= 400 && status < 500 ? new Problem("malformed_request", error.message) : undefined;
}
