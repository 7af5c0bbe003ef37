/** What an engine error is about; stable, used as the problem type of the REST API. */
export type EngineErrorCode =
  | "option_invalid"
  | "method_unknown"
  | "method_task"
  | "target_unusable"
  | "data_unusable"
  | "too_large"
  | "not_converged";

/**
 * An error that the user can mend: `message` says what was expected, what came, what to do.
 * `path` names the field of the request that is at fault, as in `["config", "cv_folds"]`.
 */
export class EngineError extends Error {
  readonly code: EngineErrorCode;
  readonly path: readonly (string | number)[];

  constructor(code: EngineErrorCode, message: string, path: readonly (string | number)[] = []) {
    super(message);
    this.name = "EngineError";
    this.code = code;
    this.path = path;
  }
}
