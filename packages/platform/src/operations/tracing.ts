import type { Span as OtelSpan, SpanContext } from "@opentelemetry/api";
import { type Span, type SpanAttributes, type SpanKind, type SpanParent, silentTracer, type Tracer } from "../ports/tracer.ts";

export interface TracingOptions {
  /** of the collector, as in http://collector:4318; null: nothing is traced and nothing is loaded */
  endpoint: string | null;
  /** what runs here: api or worker */
  service: string;
  version: string;
  /** milliseconds between two sendings */
  every?: number;
}

/** Sends spans to a collector by OTLP over HTTP. A collector that is away costs its spans and nothing else. */
export async function openTracer({ endpoint, service, version, every = 5000 }: TracingOptions): Promise<Tracer> {
  if (endpoint === null) return silentTracer;
  const [api, { BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, "")}/v1/traces`, timeoutMillis: 5000 });
  const processor = new BatchSpanProcessor({ exporter, scheduledDelayMillis: every, maxQueueSize: 4096, maxExportBatchSize: 512 });
  const resource = resourceFromAttributes({ "service.name": `omicselector2-${service}`, "service.version": version });
  const provider = new TracerProvider({ resource, spanProcessors: [processor] });
  const tracer = provider.getTracer("omicselector2", version);
  const kinds: Record<SpanKind, number> = {
    server: api.SpanKind.SERVER,
    internal: api.SpanKind.INTERNAL,
    consumer: api.SpanKind.CONSUMER,
  };
  const spans = new WeakMap<Span, OtelSpan>();

  const contextOf = (parent: SpanParent | undefined) => {
    const context = parent === undefined ? undefined : spanContextOf(parent, spans);
    return context === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, context);
  };

  return {
    start(name, { kind = "internal", attributes = {}, parent } = {}) {
      const options = {
        kind: kinds[kind],
        attributes: present({ ...attributes, ...(parent !== undefined && "jobId" in parent && { "job.id": parent.jobId }) }),
      };
      const inner = tracer.startSpan(name, options, contextOf(parent));
      const span: Span = {
        set: (more) => void inner.setAttributes(present(more)),
        concerns: (jobId) => void inner.setAttribute("job.id", jobId).addLink({ context: jobContext(jobId) }),
        end(error) {
          if (error !== undefined) {
            const type = error instanceof Error ? error.name : "error";
            inner.setStatus({ code: api.SpanStatusCode.ERROR, message: type });
            inner.setAttribute("error.type", type);
          }
          inner.end();
        },
      };
      spans.set(span, inner);
      return span;
    },
    async close() {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, 2000);
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

const present = (attributes: SpanAttributes): Record<string, string | number | boolean> =>
  Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, string | number | boolean] => entry[1] !== undefined));

function spanContextOf(parent: SpanParent, spans: WeakMap<Span, OtelSpan>): SpanContext | undefined {
  if ("span" in parent) return spans.get(parent.span)?.spanContext();
  if ("jobId" in parent) return jobContext(parent.jobId);
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(parent.traceparent) ?? [];
  if (traceId === undefined || /^0+$/.test(traceId) || /^0+$/.test(spanId!)) return undefined;
  return { traceId, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16), isRemote: true };
}

/** A job's id is 128 bits, as is a trace's: every process knows the trace of a job without being told. */
function jobContext(jobId: string): SpanContext {
  const traceId = jobId.replaceAll("-", "").toLowerCase();
  return { traceId, spanId: traceId.slice(16), traceFlags: 1, isRemote: true };
}
