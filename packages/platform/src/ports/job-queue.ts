/** Queue names, one table for senders and listeners. */
export const queueNames = ["high_priority", "default", "low_priority"] as const;
export type QueueName = (typeof queueNames)[number];

/** Delivers jobs to whoever works on them, at least once; the database remembers. */
export interface JobQueue {
  /** Returns at once; a job sent twice is worked on once at a time. */
  send(queue: QueueName, jobId: string): Promise<void>;
  /** @param work  told to stop by the signal when its job is cancelled or the process drains */
  listen(queues: readonly QueueName[], work: (jobId: string, signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Stops a job that runs in any process. */
  cancel(jobId: string): Promise<void>;
  /** Lets what runs come to a checkpoint, takes nothing new. */
  close(): Promise<void>;
}

/** Reason of the signal: somebody cancelled the job; its row says so already. */
export class JobCancelled extends Error {
  constructor(jobId: string) {
    super(`job ${jobId} was cancelled`);
    this.name = "JobCancelled";
  }
}

/** Reason of the signal: the process ends; the job goes on elsewhere or later, from its checkpoints. */
export class QueueClosing extends Error {
  constructor() {
    super("the queue is closing");
    this.name = "QueueClosing";
  }
}
