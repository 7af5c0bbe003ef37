import type { Observe } from "../ports/meter.ts";

export interface Metrics {
  /** What a worker of this process did. */
  readonly observe: Observe;
  /** @param route  template, as in /api/v1/jobs/:id, never the path; `seconds` until the answer was sent */
  request(method: string, route: string, status: number, seconds: number): void;
  /**
   * A number that is looked up when somebody asks.
   * @param read  by label; undefined or an error: the metric is absent until the next look
   * @param keepSeconds  an answer is given again for so long, so that whoever asks often costs nothing
   */
  gauge(name: string, help: string, labels: readonly string[], read: GaugeReader, keepSeconds?: number): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
  close(): void;
}

export type GaugeValue = { readonly labels: Readonly<Record<string, string>>; readonly value: number };
export type GaugeReader = () => Promise<readonly GaugeValue[] | undefined> | readonly GaugeValue[] | undefined;

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30];
const workSeconds = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600];
/** A look at something that does not answer must not hold up the rest. */
const mostMilliseconds = 1500;

/** Of one server or worker; two in one process count apart. */
export async function createMetrics(): Promise<Metrics> {
  // Loaded by those who are asked for metrics: commands without a server have no use for it.
  const { collectDefaultMetrics, Gauge, Histogram, Registry } = (await import("prom-client")).default;
  const registry = new Registry();
  const prefix = "omicselector2_";
  const registers = [registry];
  // Also the delay of the event loop, memory, garbage collection, open files.
  collectDefaultMetrics({ register: registry, prefix: "" });
  const requests = new Histogram({
    name: `${prefix}http_request_seconds`,
    help: "HTTP requests by route, until the answer was sent",
    labelNames: ["method", "route", "status"] as const,
    buckets: requestSeconds,
    registers,
  });
  const workHistogram = (what: string, help: string, names: readonly string[]) => {
    const options = { name: `${prefix}${what}_seconds`, help, labelNames: [...names], buckets: workSeconds, registers };
    return { histogram: new Histogram(options), names };
  };
  const work = {
    unit: workHistogram("unit", "Units that this process computed", ["stage"]),
    open: workHistogram("study_open", "Data of studies that this process read", []),
    reduce: workHistogram("reduce", "Results that this process made", []),
    job: workHistogram("job", "Jobs that came to their end in this process, from their start", ["job_type", "status"]),
  };
  return {
    request: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    observe(kind, seconds, labels) {
      const { histogram, names } = work[kind];
      // A label that the histogram does not have would be thrown back at whoever works.
      histogram.observe(Object.fromEntries(names.map((name) => [name, labels[name] ?? ""])), seconds);
    },
    gauge(name, help, labelNames, read, keepSeconds = 0) {
      const look = kept(read, keepSeconds);
      new Gauge({
        name: `${prefix}${name}`,
        help,
        labelNames: [...labelNames],
        registers,
        async collect() {
          const values = await look();
          this.reset();
          // Without labels a reset leaves a nought behind.
          if (labelNames.length === 0) this.remove();
          for (const { labels, value } of values ?? []) this.set({ ...labels }, value);
        },
      });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    close: () => registry.clear(),
  };
}

/** One look at a time, its answer kept for a while; what fails or takes too long is no answer. */
function kept(read: GaugeReader, seconds: number): () => Promise<readonly GaugeValue[] | undefined> {
  let known: { until: number; answer: Promise<readonly GaugeValue[] | undefined> } | undefined;
  return async () => {
    if (known !== undefined && performance.now() < known.until) return await known.answer;
    const look = { until: performance.now() + seconds * 1000, answer: within(read) };
    known = look;
    const answer = await look.answer;
    // What was away may be back in a moment.
    if (answer === undefined) look.until = 0;
    return answer;
  };
}

async function within(read: GaugeReader): Promise<readonly GaugeValue[] | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, mostMilliseconds, undefined);
  try {
    return await Promise.race([read(), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
