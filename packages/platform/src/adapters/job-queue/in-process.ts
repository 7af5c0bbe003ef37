import { randomUUID } from "node:crypto";
import {
  JobCancelled,
  type JobQueue,
  QueueClosing,
  type QueueName,
  queueNames,
  type Work,
  type WorkMessage,
} from "../../ports/job-queue.ts";

interface Entry {
  readonly id: string;
  readonly message: WorkMessage;
  readonly turn: number;
}

interface Running {
  readonly entry: Entry;
  readonly queue: QueueName;
  readonly abort: AbortController;
}

/** Who listens, with the places that are free. */
interface Listener {
  readonly work: Work;
  readonly queues: readonly QueueName[];
  free: number;
}

export interface InProcessQueueOptions {
  /** work that throws: the queue goes on */
  onError?: (jobId: string, error: unknown) => void;
}

/**
 * Works on ranges in this process: higher queues first, then by turn, then in order of sending. What it holds ends with the process.
 * Sending costs O(n) and taking O(1) for n messages that wait.
 */
export function createInProcessQueue({ onError = () => undefined }: InProcessQueueOptions = {}): JobQueue {
  const waiting = new Map<QueueName, Entry[]>(queueNames.map((name) => [name, []]));
  const running = new Map<string, Running>();
  const ended = new Set<() => void>();
  const listeners: Listener[] = [];
  let closing = false;

  /** The one whose turn it is; a range that is being worked on waits until that is over, then runs once more. */
  const take = (queue: QueueName): Entry | undefined => {
    const entries = waiting.get(queue)!;
    const at = entries.findIndex(({ message }) => !running.has(nameOf(message)));
    return at < 0 ? undefined : entries.splice(at, 1)[0];
  };

  const start = () => {
    if (closing) return;
    for (const listener of listeners) {
      for (const queue of listener.queues) {
        while (listener.free > 0) {
          const entry = take(queue);
          if (entry === undefined) break;
          void run(listener, queue, entry);
        }
      }
    }
  };

  const run = async (listener: Listener, queue: QueueName, entry: Entry) => {
    const abort = new AbortController();
    const name = nameOf(entry.message);
    running.set(name, { entry, queue, abort });
    listener.free--;
    try {
      await listener.work(entry.message, abort.signal);
    } catch (error) {
      onError(entry.message.jobId, error);
    }
    running.delete(name);
    listener.free++;
    for (const tell of ended) tell();
    start();
  };

  return {
    async send(queue, message, turn) {
      if (closing) throw new QueueClosing();
      const entry = { id: randomUUID(), message, turn };
      const entries = waiting.get(queue)!;
      // From the end: most come in the order of their turns.
      const after = entries.findLastIndex((other) => other.turn <= turn);
      entries.splice(after + 1, 0, entry);
      start();
      return entry.id;
    },
    async listen(queues, work, atOnce) {
      const taken = queues.find((queue) => listeners.some((listener) => listener.queues.includes(queue)));
      if (taken !== undefined) throw new Error(`somebody listens to ${taken} already`);
      listeners.push({ work, queues: queueNames.filter((name) => queues.includes(name)), free: atOnce });
      start();
    },
    async cancel(jobId) {
      for (const [queue, entries] of waiting) {
        waiting.set(
          queue,
          entries.filter(({ message }) => message.jobId !== jobId),
        );
      }
      for (const { entry, abort } of running.values()) {
        if (entry.message.jobId === jobId) abort.abort(new JobCancelled(jobId));
      }
    },
    async missing(queue, messageIds) {
      const there = new Set(waiting.get(queue)!.map(({ id }) => id));
      for (const one of running.values()) there.add(one.entry.id);
      return messageIds.filter((id) => !there.has(id));
    },
    async depth() {
      const depth = (queue: QueueName) => ({
        waiting: waiting.get(queue)!.length,
        active: [...running.values()].filter((one) => one.queue === queue).length,
      });
      return { high_priority: depth("high_priority"), default: depth("default"), low_priority: depth("low_priority") };
    },
    async close() {
      closing = true;
      for (const { abort } of running.values()) abort.abort(new QueueClosing());
      while (running.size > 0) {
        await new Promise<void>((tell) => {
          ended.add(tell);
        });
      }
    },
  };
}

const nameOf = ({ jobId, range }: WorkMessage): string => `${jobId} ${range}`;
