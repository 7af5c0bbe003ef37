import { activeUsers, type Db } from "@omicselector2/platform";

/** Ends what stays open longer than a request when its user may no longer be logged in. */
export interface Presence {
  /** @param gone  called within seconds when the user was deactivated or erased @returns the way to stop */
  watch(userId: string, gone: () => void): () => void;
  close(): void;
}

export interface PresenceOptions {
  db: Db;
  onError: (error: unknown) => void;
  everyMilliseconds?: number;
}

/** One question for all users of this process, however many sockets they have. */
export function createPresence({ db, onError, everyMilliseconds = 2000 }: PresenceOptions): Presence {
  const watched = new Map<string, Set<() => void>>();
  let looking = false;

  const look = async () => {
    if (looking || watched.size === 0) return;
    looking = true;
    try {
      // Who comes while the database answers was not asked for.
      const asked = [...watched.keys()];
      const active = await activeUsers(db, asked);
      for (const userId of asked.filter((each) => !active.has(each))) for (const gone of watched.get(userId) ?? []) gone();
    } catch (error) {
      onError(error);
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(look, everyMilliseconds).unref();

  return {
    watch(userId, gone) {
      const watchers = watched.get(userId) ?? new Set();
      watched.set(userId, watchers.add(gone));
      return () => {
        watchers.delete(gone);
        if (watchers.size === 0 && watched.get(userId) === watchers) watched.delete(userId);
      };
    },
    close: () => clearInterval(timer),
  };
}
