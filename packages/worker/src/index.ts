export { type CheckedSelection, createDatasetReader, type DatasetReader, queueOf } from "./dataset-reader.ts";
export type { SampleColumns } from "./dataset-thread.ts";
export { createJobRunner, type JobRunner, type JobRunnerOptions } from "./job-runner.ts";
export { machineMemory, memoryForStudies } from "./memory.ts";
export { createStudyExecutor, type StudyExecutorOptions } from "./study-executor.ts";
export { type Observe, usualTimes, type WorkerTimes } from "./worker-context.ts";
