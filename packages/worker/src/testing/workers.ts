import { createInProcessQueue, type JobQueue, QueueClosing, type QueueName, type Work, type WorkMessage } from "@omicselector2/platform";

/** One queue that several workers of this process listen to, as processes do in a cluster; one in process has but one listener. */
export interface SharedQueue {
  /** for whoever sends only */
  readonly queue: JobQueue;
  /** messages that are lost on their way */
  lose: (message: WorkMessage) => boolean;
  /** broadcasts of cancelled jobs that are lost */
  loseCancels: boolean;
  /** the queue as a new worker sees it */
  join(): JobQueue & { vanish(): void };
}

interface Member {
  readonly work: Work;
  readonly closing: AbortController;
  readonly gone: PromiseWithResolvers<void>;
  free: number;
  running: Set<Promise<void>>;
}

export async function sharedQueue(): Promise<SharedQueue> {
  const inner = createInProcessQueue();
  const members = new Set<Member>();
  let changed = Promise.withResolvers<void>();
  const tell = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const findFree = async (): Promise<Member> => {
    for (;;) {
      const free = [...members].filter((each) => each.free > 0).sort((a, b) => b.free - a.free)[0];
      if (free !== undefined) return free;
      await changed.promise;
    }
  };
  const deliver: Work = async (message, signal) => {
    const member = await findFree();
    member.free--;
    const run = member.work(message, AbortSignal.any([signal, member.closing.signal]));
    member.running.add(run);
    await Promise.race([run, member.gone.promise]);
    member.running.delete(run);
    member.free++;
    tell();
  };
  const shared: SharedQueue = {
    queue: { ...inner, close: async () => undefined },
    lose: () => false,
    loseCancels: false,
    join() {
      let member: Member | undefined;
      return {
        ...shared.queue,
        async send(queue: QueueName, message: WorkMessage, turn: number) {
          return shared.lose(message) ? "lost" : await inner.send(queue, message, turn);
        },
        async cancel(jobId: string) {
          if (!shared.loseCancels) await inner.cancel(jobId);
        },
        async listen(_queues, work, atOnce) {
          member = { work, closing: new AbortController(), gone: Promise.withResolvers(), free: atOnce, running: new Set() };
          members.add(member);
          tell();
        },
        async close() {
          if (member === undefined) return;
          members.delete(member);
          member.closing.abort(new QueueClosing());
          await Promise.all(member.running);
        },
        vanish() {
          if (member === undefined) return;
          members.delete(member);
          member.gone.resolve();
        },
      };
    },
  };
  await inner.listen(["high_priority", "default", "low_priority"], deliver, 16);
  return shared;
}

/** A thing of which, from its death on, nobody ever hears again. */
export function mortal<T extends object>(thing: T, isDead: () => boolean): T {
  return new Proxy(thing, {
    get(target, key) {
      const value = Reflect.get(target, key);
      return typeof value === "function" ? (...args: unknown[]) => (isDead() ? silence : value.apply(target, args)) : value;
    },
  });
}

/** Whatever is asked of it, it never answers. */
const silence: object = new Proxy(() => undefined, {
  get: (_, key) => (key === "then" ? () => undefined : silence),
  apply: () => silence,
});
