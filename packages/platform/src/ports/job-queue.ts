/** Queue names, one table for senders and listeners. */
export const queueNames = ["high_priority", "default", "low_priority"] as const;
export type QueueName = (typeof queueNames)[number];

/** Names a range of a job's units; what it holds, and whether it is still to be done, stands in the database. */
export interface WorkMessage {
  readonly jobId: string;
  /** `job_ranges.range` */
  readonly range: number;
}

export type Work = (message: WorkMessage, signal: AbortSignal) => Promise<void>;

export interface QueueDepth {
  readonly waiting: number;
  readonly active: number;
}

/** Delivers ranges of units to whoever works on them, at least once and perhaps never: the database remembers. */
export interface JobQueue {
  /**
   * Hands a message over, or fails within two seconds: whoever sends holds up no request, a reconciler sends again.
   * @param turn  messages of a queue go by turn, lowest first, then in order of sending; users take turns by numbering their own
   * @returns id of the message, new for each sending
   */
  send(queue: QueueName, message: WorkMessage, turn: number): Promise<string>;
  /**
   * Works on what these queues hold, higher ones first, until close.
   * @param work  told to stop by the signal when its job is cancelled or the process drains; the queue goes on when it throws
   * @param atOnce  messages worked on at a time
   */
  listen(queues: readonly QueueName[], work: Work, atOnce: number): Promise<void>;
  /** Stops the work on a job in every process, and drops what waits here or there; may be lost. */
  cancel(jobId: string): Promise<void>;
  /** Of these ids those that are no longer there, waiting or being worked on; rejects when it cannot tell. */
  missing(queue: QueueName, messageIds: readonly string[]): Promise<string[]>;
  depth(): Promise<Record<QueueName, QueueDepth>>;
  /** Asks what runs to stop, waits for it, takes nothing new. */
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
