import autocannon from "autocannon";

/** A server under load, and the requests that it is asked, over and over in this order. */
export interface Target {
  readonly address: string;
  readonly requests: readonly { readonly path: string; readonly token: string }[];
}

export interface Load {
  /** answers a second */
  readonly throughput: number;
  /** ms, counted from when a request was due, not from when it could be sent */
  readonly p99: number;
}

const connections = 64;

/**
 * Asks for `seconds`, each connection from another place in the list.
 * @param rate  requests a second of all connections together; as many as there are answers when left out
 * @throws Error  an answer was none, or not 200
 */
export async function load({ address, requests }: Target, seconds: number, rate?: number): Promise<Load> {
  const asked = requests.map(({ path, token }) => ({ method: "GET" as const, path, headers: { authorization: `Bearer ${token}` } }));
  let connection = 0;
  const instance = await autocannon({
    url: address,
    connections,
    duration: seconds,
    setupClient(client) {
      const each = Math.floor(asked.length / connections);
      client.setRequests(asked.slice(connection * each, (connection + 1) * each));
      connection += 1;
    },
    ...(rate === undefined ? {} : { overallRate: Math.round(rate) }),
  });
  const { errors, timeouts, non2xx, latency, duration } = instance;
  if (errors + timeouts + non2xx > 0) throw new Error(`${address}: ${errors} errors, ${timeouts} late, ${non2xx} other than 200`);
  return { throughput: instance["2xx"] / duration, p99: latency.p99 };
}
