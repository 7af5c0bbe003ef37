import pg from "pg";

/** A server that did not answer in time: frozen, or cut off from this process. */
export class DatabaseTimeout extends Error {
  constructor(milliseconds: number) {
    super(`the database did not answer within ${milliseconds} ms`);
    this.name = "DatabaseTimeout";
  }
}

export interface LimitedConfig extends pg.ClientConfig {
  /** milliseconds that a query may take, as seen from here */
  queryLimit: number;
}

type Query = (...args: unknown[]) => unknown;

/**
 * A connection that ends with the first query which is not answered in time. pg's own `query_timeout` gives up the query and
 * keeps the connection: a transaction that ran on it may still be open when the pool hands it to the next one, whose
 * statements would then belong to it.
 */
export class LimitedClient extends pg.Client {
  readonly #limit: number;

  constructor(config: LimitedConfig) {
    super(config);
    this.#limit = config.queryLimit;
    // A connection that breaks between two statements of a transaction: the next one fails, which is enough.
    this.on("error", () => undefined);
    const query = this.query.bind(this) as Query;
    this.query = ((...args: unknown[]) => this.#watched(query, args)) as typeof this.query;
  }

  #watched(query: Query, args: unknown[]): unknown {
    let look: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      // The answer may have come while this process was busy: what lies in the socket is read before the connection is given up.
      look = setImmediate(() => this.destroy(new DatabaseTimeout(this.#limit)));
    }, this.#limit);
    const end = () => {
      clearTimeout(timer);
      clearImmediate(look);
    };
    const callback = args.at(-1);
    if (typeof callback === "function") {
      return query(...args.slice(0, -1), (...answer: unknown[]) => {
        end();
        callback(...answer);
      });
    }
    const answer = query(...args) as Promise<unknown>;
    answer.then(end, end);
    return answer;
  }

  /** At once, without a word to the server; whatever waits for an answer gets the error. */
  destroy(error?: Error): void {
    (this as unknown as { connection: { stream: NodeJS.WritableStream & { destroy(error?: Error): void } } }).connection.stream.destroy(
      error,
    );
  }
}
