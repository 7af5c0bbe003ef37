export type SpanKind = "server" | "internal" | "consumer";
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Something that took time. */
export interface Span {
  set(attributes: SpanAttributes): void;
  /** It is about this job: bound to the job's trace, and found by its id. */
  concerns(jobId: string): void;
  /** @param error  why it failed; its name alone is kept, for texts may hold what is nobody's business */
  end(error?: unknown): void;
}

/** Where a span belongs: below another one, in the trace that a caller sent as `traceparent`, or to a job. */
export type SpanParent = { readonly span: Span } | { readonly traceparent: string } | { readonly jobId: string };

/**
 * Tells where time goes. All spans of a job are of one trace, whichever process they come from: its id is the job's, so that
 * nothing has to be carried along.
 */
export interface Tracer {
  start(name: string, options?: { kind?: SpanKind; attributes?: SpanAttributes; parent?: SpanParent }): Span;
  /** Sends what is still to be sent; gives up after two seconds. */
  close(): Promise<void>;
}

const noSpan: Span = { set: () => undefined, concerns: () => undefined, end: () => undefined };

/** Where no collector is configured. */
export const silentTracer: Tracer = { start: () => noSpan, close: async () => undefined };

/** A span around a piece of work. */
export async function traced<T>(
  tracer: Tracer,
  name: string,
  options: Parameters<Tracer["start"]>[1],
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = tracer.start(name, options);
  try {
    const answer = await work(span);
    span.end();
    return answer;
  } catch (error) {
    span.end(error ?? new Error("failed"));
    throw error;
  }
}
