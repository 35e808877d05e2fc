// Makes the OTLP exporter for the chosen protocol, and lets us hear what the receiver refused.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { maskedSpan } from './mask.ts';
import type { Settings } from './settings.ts';

export interface Refusal {
  rejectedSpans: number;
  message: string;
}

export interface ObservedExporter {
  exporter: SpanExporter;
  /** What the answer just handled refused, once; null when everything was taken. */
  takeRefusal: () => Refusal | null;
}

/** Timeout, compression, headers and certificates of the OTEL_EXPORTER_OTLP_* variables are read by the exporter itself. */
export function makeExporter(settings: Settings): ObservedExporter {
  const Exporter = settings.protocol === 'http/protobuf' ? ProtobufExporter : OTLPTraceExporter;
  const exporter = new Exporter({ url: settings.url, headers: settings.headers });
  return { exporter: settings.hasMask ? masking(exporter, settings) : exporter, takeRefusal: watchRefusals(exporter) };
}

/** The last moment at which everything that is sent is in one place. */
function masking(exporter: SpanExporter, { mask }: Settings): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(
        spans.map((span) => maskedSpan(span, mask)),
        done,
      ),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

/**
 * The exporter calls a partial success a success and only logs it, so the count of refused spans is taken where the
 * exporter reads the answer: it calls this handler right before the export's callback. The field is private, hence the
 * careful look; if a later version renames it, partial successes count as exported and nothing else changes.
 */
function watchRefusals(exporter: SpanExporter): () => Refusal | null {
  let latest: Refusal | null = null;
  const handler = at(at(exporter, '_delegate'), '_responseHandler');
  const original = at(handler, 'handleResponse');
  if (typeof handler === 'object' && handler !== null && typeof original === 'function') {
    Reflect.set(handler, 'handleResponse', (response: unknown) => {
      latest = readRefusal(response);
      if (latest === null) Reflect.apply(original, handler, [response]);
    });
  }
  return () => {
    const taken = latest;
    latest = null;
    return taken;
  };
}

function readRefusal(response: unknown): Refusal | null {
  const partial = at(response, 'partialSuccess');
  const rejectedSpans = Number(at(partial, 'rejectedSpans') ?? 0);
  if (!(rejectedSpans > 0)) return null;
  return { rejectedSpans, message: String(at(partial, 'errorMessage') ?? '') };
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
