/** The most keys that go into one query. */
const most = 200;

/**
 * Lookups by key that are asked for in one turn of the event loop go to the database as one query. Nothing is kept:
 * each gets what a query has read that was sent after it asked, and under load many share one round trip.
 * @param load  rows of these keys, each once; a key without a row is left out of what it returns
 */
export function together<Row>(load: (keys: string[]) => Promise<ReadonlyMap<string, Row>>): (key: string) => Promise<Row | undefined> {
  let asked = new Map<string, PromiseWithResolvers<Row | undefined>>();

  const flush = (batch: typeof asked) => {
    if (asked === batch) asked = new Map();
    load([...batch.keys()]).then(
      (rows) => {
        for (const [key, { resolve }] of batch) resolve(rows.get(key));
      },
      (error) => {
        for (const { reject } of batch.values()) reject(error);
      },
    );
  };

  return (key) => {
    const present = asked.get(key);
    if (present !== undefined) return present.promise;
    const batch = asked;
    // After all that came in with this turn has been read, before the loop waits for more.
    if (batch.size === 0) setImmediate(flush, batch);
    const mine = Promise.withResolvers<Row | undefined>();
    batch.set(key, mine);
    if (batch.size === most) asked = new Map();
    return mine.promise;
  };
}
