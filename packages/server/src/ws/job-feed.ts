import { closeCodes, type JobMessage, jobTopic } from "@omicselector2/contracts";
import { type Db, type EventBus, findJob, type Job, type JobEvent, jobSnapshot, listEvents } from "@omicselector2/platform";

/** Somebody who watches a job. */
export interface Watcher {
  /** number of the last event that was sent */
  seq: number;
  send(message: JobMessage): void;
  end(code: number, reason: string): void;
}

export interface JobFeeds {
  /** Sends the snapshot and the events above `after`, then what happens; the watcher is ended when the job is. */
  watch(job: Job, watcher: Watcher, after: number | undefined): Promise<void>;
  leave(jobId: string, watcher: Watcher): void;
  /** jobs that are listened to; for tests */
  size(): number;
  close(): Promise<void>;
}

interface Feed {
  readonly watchers: Set<Watcher>;
  readonly timer: NodeJS.Timeout;
  readonly unsubscribe: Promise<() => Promise<void>>;
  looking: boolean;
  again: boolean;
}

export interface FeedOptions {
  db: Db;
  events: EventBus;
  onError: (error: unknown) => void;
  /** between two looks at the database, whatever the bus says */
  everyMilliseconds?: number;
}

/**
 * One subscription for each job and process, however many watch. The bus only says that there is news; what it is
 * comes from the database, which is asked every two seconds as well: a lost message loses nothing.
 */
export function createJobFeeds({ db, events, onError, everyMilliseconds = 2000 }: FeedOptions): JobFeeds {
  const feeds = new Map<string, Feed>();

  const open = (jobId: string): Feed => {
    const look = () => void lookAt(jobId);
    const unsubscribe = events.subscribe(jobTopic(jobId), look);
    unsubscribe.catch(onError);
    const feed: Feed = { watchers: new Set(), timer: setInterval(look, everyMilliseconds), unsubscribe, looking: false, again: false };
    feeds.set(jobId, feed);
    return feed;
  };

  const shut = (jobId: string) => {
    const feed = feeds.get(jobId);
    if (feed === undefined) return;
    feeds.delete(jobId);
    clearInterval(feed.timer);
    feed.unsubscribe.then((leave) => leave()).catch(onError);
  };

  const lookAt = async (jobId: string) => {
    const feed = feeds.get(jobId);
    if (feed === undefined) return;
    if (feed.looking) {
      feed.again = true;
      return;
    }
    feed.looking = true;
    try {
      do {
        feed.again = false;
        await deliver(jobId, feed);
      } while (feed.again);
    } catch (error) {
      onError(error);
    } finally {
      feed.looking = false;
    }
  };

  const deliver = async (jobId: string, feed: Feed) => {
    const job = await findJob(db, jobId);
    // Who joins while the events are read asks for another look: only those who were here then are served now.
    const watchers = [...feed.watchers];
    const endAll = (code: number, reason: string) => {
      for (const watcher of watchers) watcher.end(code, reason);
    };
    if (job === undefined) {
      endAll(closeCodes.notFound, "the job is gone");
      return;
    }
    const behind = Math.min(...watchers.map(({ seq }) => seq));
    if (job.eventSeq > behind) {
      for (const event of await allEvents(db, jobId, behind)) {
        for (const watcher of watchers) sendOnce(watcher, event);
      }
    }
    if (hasEnded(job)) endAll(closeCodes.ended, job.status);
  };

  return {
    async watch(job, watcher, after) {
      watcher.send({ ...jobSnapshot(job), type: "snapshot", seq: job.eventSeq, at: new Date().toISOString() });
      watcher.seq = Math.min(after ?? job.eventSeq, job.eventSeq);
      if (after !== undefined) for (const event of await allEvents(db, job.id, watcher.seq)) sendOnce(watcher, event);
      if (hasEnded(job)) {
        watcher.end(closeCodes.ended, job.status);
        return;
      }
      const feed = feeds.get(job.id) ?? open(job.id);
      feed.watchers.add(watcher);
      // What happened between the snapshot and the subscription.
      await lookAt(job.id);
    },
    leave(jobId, watcher) {
      const feed = feeds.get(jobId);
      if (feed?.watchers.delete(watcher) === true && feed.watchers.size === 0) shut(jobId);
    },
    size: () => feeds.size,
    async close() {
      for (const jobId of [...feeds.keys()]) shut(jobId);
    },
  };
}

function sendOnce(watcher: Watcher, { seq, type, payload, at }: JobEvent): void {
  if (seq <= watcher.seq) return;
  watcher.seq = seq;
  watcher.send({ ...payload, type, seq, at: at.toISOString() });
}

async function allEvents(db: Db, jobId: string, after: number): Promise<JobEvent[]> {
  const all: JobEvent[] = [];
  for (;;) {
    const some = await listEvents(db, jobId, all.at(-1)?.seq ?? after, 1000);
    all.push(...some);
    if (some.length < 1000) return all;
  }
}

const hasEnded = ({ status }: Job): boolean => status === "completed" || status === "failed" || status === "cancelled";
