import PQueue from "p-queue";
import { JobCancelled, type JobQueue, QueueClosing, type QueueName, queueNames } from "../../ports/job-queue.ts";

interface Entry {
  readonly jobId: string;
  readonly queue: QueueName;
  readonly abort: AbortController;
  running: boolean;
  /** sent once more while it ran: it is worked on again afterwards */
  again: QueueName | null;
}

export interface InProcessQueueOptions {
  /** jobs worked on at a time */
  concurrency?: number;
  /** work that throws: the queue goes on */
  onError?: (jobId: string, error: unknown) => void;
}

/** Works on jobs in this process: higher queues first, within a queue in order of sending. What it holds ends with the process. */
export function createInProcessQueue({ concurrency = 1, onError = () => undefined }: InProcessQueueOptions = {}): JobQueue {
  const lanes = new PQueue({ concurrency });
  const entries = new Map<string, Entry>();
  const workers = new Map<QueueName, (jobId: string, signal: AbortSignal) => Promise<void>>();
  const held: Entry[] = [];
  let closing = false;

  const start = (entry: Entry) => {
    const priority = queueNames.length - queueNames.indexOf(entry.queue);
    void lanes.add(() => run(entry), { priority });
  };

  const run = async (entry: Entry) => {
    // Cancelled while it waited, or sent anew after that.
    if (entries.get(entry.jobId) !== entry || closing) return;
    entry.running = true;
    try {
      await workers.get(entry.queue)!(entry.jobId, entry.abort.signal);
    } catch (error) {
      onError(entry.jobId, error);
    }
    entries.delete(entry.jobId);
    if (entry.again !== null && !closing) accept(entry.again, entry.jobId);
  };

  const accept = (queue: QueueName, jobId: string) => {
    const entry: Entry = { jobId, queue, abort: new AbortController(), running: false, again: null };
    entries.set(jobId, entry);
    if (workers.has(queue)) start(entry);
    else held.push(entry);
  };

  return {
    async send(queue, jobId) {
      if (closing) throw new QueueClosing();
      const known = entries.get(jobId);
      if (known === undefined) accept(queue, jobId);
      else if (known.running) known.again = queue;
    },
    async listen(queues, work) {
      for (const queue of queues) {
        if (workers.has(queue)) throw new Error(`somebody listens to ${queue} already`);
      }
      for (const queue of queues) workers.set(queue, work);
      // All of them take their places before the first begins, or it would be the one sent first instead of the highest.
      lanes.pause();
      for (const entry of held.splice(0)) {
        if (entries.get(entry.jobId) !== entry) continue;
        if (workers.has(entry.queue)) start(entry);
        else held.push(entry);
      }
      lanes.start();
    },
    async cancel(jobId) {
      const entry = entries.get(jobId);
      if (entry === undefined) return;
      if (!entry.running) {
        entries.delete(jobId);
        return;
      }
      entry.again = null;
      entry.abort.abort(new JobCancelled(jobId));
    },
    async close() {
      closing = true;
      for (const entry of entries.values()) {
        if (entry.running) entry.abort.abort(new QueueClosing());
      }
      await lanes.onIdle();
    },
  };
}
