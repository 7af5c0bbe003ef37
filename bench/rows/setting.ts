import type { installedPeers } from "../peer.ts";

/** What the sections of the benchmark are given. */
export interface Setting {
  readonly quick: boolean;
  readonly peers: ReturnType<typeof installedPeers>;
  /** for work that is done on several: the same number on both sides */
  readonly threads: number;
  /** of the cohort, that the benchmark itself may be tried on a small one */
  readonly n: number;
  readonly p: number;
}

export function say(what: string): void {
  process.stderr.write(`${what} ...\n`);
}
