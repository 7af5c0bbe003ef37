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

/** Waits for the last works of a process; one that hangs, because something is away, does not keep it. */
export async function endWithin(milliseconds: number, last: Promise<void>): Promise<void> {
  const late = setTimeout(() => {
    process.stderr.write("something did not end in time and is left as it is\n");
    process.exit(0);
  }, milliseconds);
  await last;
  clearTimeout(late);
}
