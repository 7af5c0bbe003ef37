export { createJobRunner, type JobRunner, type JobRunnerOptions } from "./job-runner.ts";
export { createStudyExecutor, type StudyExecutorOptions } from "./study-executor.ts";
export { type CheckedSelection, createSelectionValidator, queueOf, type SelectionValidator } from "./validate.ts";
