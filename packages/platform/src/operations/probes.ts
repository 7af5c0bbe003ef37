/** Looks whether something that a process stands on answers; rejects when it does not. */
export type Probe = () => Promise<unknown>;

export interface ProbeResult {
  readonly state: "ok" | "failed";
  /** until the answer, or until it was given up */
  readonly latency_ms: number;
}

/** Whoever asks gives up after two seconds. */
const mostMilliseconds = 1800;

/** All at once, each given up in time; what went wrong is not told: it may name addresses. */
export async function probeAll(probes: Readonly<Record<string, Probe>>): Promise<Record<string, ProbeResult>> {
  const results = await Promise.all(Object.entries(probes).map(async ([name, probe]) => [name, await timed(probe)] as const));
  return Object.fromEntries(results);
}

async function timed(probe: Probe): Promise<ProbeResult> {
  const start = performance.now();
  const { promise: late, resolve } = Promise.withResolvers<"failed">();
  const timer = setTimeout(resolve, mostMilliseconds, "failed");
  const answer = (async () => await probe())().then(
    () => "ok" as const,
    () => "failed" as const,
  );
  const state = await Promise.race([answer, late]);
  clearTimeout(timer);
  return { state, latency_ms: Math.round(performance.now() - start) };
}
