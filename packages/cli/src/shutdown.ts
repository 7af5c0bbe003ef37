/** A terminal's Ctrl-C reaches a process twice, once through who started it: this close together it is one wish. */
const SAME_WISH_MS = 1000;

/** Resolves at the first SIGINT or SIGTERM; a later one ends the process at once. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      const now = performance.now();
      first ??= now;
      resolve(signal);
      if (now - first > SAME_WISH_MS) process.exit(130);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}
