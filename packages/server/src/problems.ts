import type { rest } from "@omicselector2/contracts";

/** Every error code there is: its status, its title, and what to do. Served at /problems; codes never change their meaning. */
const table = {
  malformed_json: [400, "The body is not JSON", "Send a JSON body that parses, with Content-Type: application/json."],
  malformed_request: [400, "The request is malformed", "Check the request line, the headers and the encoding of the path."],
  unauthorized: [401, "Not logged in", "Send Authorization: Bearer with an access token of POST /api/v1/auth/login."],
  invalid_credentials: [401, "Wrong user name or password", "Check both; accounts are made by POST /api/v1/auth/register."],
  invalid_refresh_token: [
    401,
    "This refresh token is not valid",
    "Log in again. A token works once; used twice, all of its login are revoked.",
  ],
  forbidden: [403, "Not allowed", "Only the owner may do this."],
  role_required: [403, "Your role does not allow this", "An admin can give you the role that `detail` names."],
  not_found: [404, "Not found", "Check the path and the id; somebody else's things are not found either."],
  method_not_allowed: [405, "Not a method of this path", "Use one of the methods that Allow names; /openapi.json lists them."],
  email_taken: [409, "This e-mail address is taken", "Log in, or use another address."],
  username_taken: [409, "This user name is taken", "Choose another name."],
  dataset_not_ready: [409, "The dataset is not ready", "Wait until its status is ready; if it failed, upload it again."],
  dataset_gone: [409, "The dataset was deleted", "Upload it again and submit a new job."],
  refresh_raced: [
    409,
    "This refresh token was used a moment ago",
    "Repeat with the one that was given for it; a page finds it in its cookie already.",
  ],
  last_admin: [409, "Somebody must remain who manages users", "Make somebody else admin first."],
  job_ended: [409, "The job has ended", "Nothing is left to cancel."],
  job_without_result: [409, "The job has no result", "Wait until its status is completed."],
  request_under_way: [409, "The same request is under way", "Wait for its answer and repeat with the same Idempotency-Key."],
  upload_too_large: [413, "The upload is too large", "Send less, or have MAX_UPLOAD_BYTES raised by whoever runs this server."],
  quota_exceeded: [413, "Your storage is full", "Delete datasets that you no longer need, or ask for a larger quota."],
  body_too_large: [413, "The body is too large", "Send less than 1 MiB of JSON."],
  unsupported_media_type: [
    415,
    "This kind of content is not taken here",
    "JSON for most routes, multipart/form-data for uploads; CSV, TSV or h5ad as files.",
  ],
  validation_failed: [422, "A field is not as it must be", "Mend the fields that `errors` names."],
  invalid_text: [422, "A text cannot be stored", "Remove U+0000 and unpaired surrogates."],
  upload_refused: [422, "The file cannot be read", "Follow `remedy`, then upload again."],
  upload_incomplete: [422, "The upload ended early", "Send the whole file again."],
  selection_refused: [422, "This cannot be computed", "Mend the fields that `errors` names."],
  key_reused: [422, "This Idempotency-Key belongs to another request", "Use a new key for a new request."],
  job_type_unavailable: [422, "This kind of job is not available in this release", "Today there is feature_selection."],
  upgrade_required: [426, "This path speaks WebSocket", "Connect with a WebSocket client."],
  rate_limited: [429, "Too many requests", "Wait for the seconds in Retry-After."],
  too_many_jobs: [429, "Too many unfinished jobs", "Wait for some to end, or cancel them."],
  internal: [500, "Something went wrong here", "Try again; if it stays, report it with the request id."],
  unavailable: [503, "Something the server stands on is away", "Try again after the seconds in Retry-After."],
} as const satisfies Record<string, readonly [status: number, title: string, remedy: string]>;

export type ProblemCode = keyof typeof table;

export const problemCodes = Object.keys(table) as ProblemCode[];

export function explain(code: ProblemCode): { status: number; title: string; remedy: string } {
  const [status, title, remedy] = table[code];
  return { status, title, remedy };
}

export interface ProblemDetails {
  errors?: rest.FieldError[];
  row?: number | undefined;
  column?: string | undefined;
  remedy?: string | undefined;
  /** seconds */
  retryAfter?: number;
  /** what the code at the source of the error calls it */
  cause_code?: string;
}

/** An answer that is not the one hoped for; thrown anywhere, written by the error handler. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly statusCode: number;
  readonly details: ProblemDetails;

  /** @param detail  what happened and what to do, for the user */
  constructor(code: ProblemCode, detail: string = explain(code).remedy, details: ProblemDetails = {}) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.statusCode = explain(code).status;
    this.details = details;
  }
}

export function problemBody(problem: Problem, requestId: string): rest.ProblemBody {
  const { retryAfter: _, ...details } = problem.details;
  const present = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
  return {
    type: `/problems#${problem.code}`,
    title: explain(problem.code).title,
    status: problem.statusCode,
    detail: problem.message,
    code: problem.code,
    request_id: requestId,
    ...present,
  };
}

/** 422 that names fields. */
export function invalid(errors: rest.FieldError[], code: ProblemCode = "validation_failed"): Problem {
  return new Problem(code, errors.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; "), { errors });
}

export const notFound = (what: string): Problem => new Problem("not_found", `there is no such ${what}, or it is not yours`);
