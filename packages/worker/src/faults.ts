/** What the user can read of a job that cannot be run. */
export class JobFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "JobFault";
  }
}

/** The range is not this worker's any more: its job has ended, or somebody else has it. */
export class LeaseLost extends Error {
  constructor(message = "the range is not this worker's any more") {
    super(message);
    this.name = "LeaseLost";
  }
}

/** Outputs of earlier units that are not what was remembered. */
export class CheckpointsLost extends Error {
  readonly lost: readonly { readonly unitId: string; readonly hash: string }[];

  constructor(lost: CheckpointsLost["lost"]) {
    super(`${lost.length} checkpoints are missing or damaged`);
    this.name = "CheckpointsLost";
    this.lost = lost;
  }
}

/** What the user can mend. */
export function isForUser(error: unknown): error is Error {
  return error instanceof JobFault || (error instanceof Error && ["EngineError", "IngestError"].includes(error.name));
}

/** What went wrong inside is for the log, not for the user. */
export function messageOf(error: unknown): string {
  return isForUser(error) ? error.message : "the job failed by a fault of the program; the server's log says more. Submit it again.";
}
