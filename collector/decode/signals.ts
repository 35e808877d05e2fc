// The three signals of OTLP: where each is sent, and what its records are called in replies.
// https://opentelemetry.io/docs/specs/otlp/#otlphttp-request

export type Signal = 'traces' | 'logs' | 'metrics';

export const SIGNALS: Record<Signal, { readonly path: string; readonly service: string; readonly rejected: string }> = {
  traces: {
    path: '/v1/traces',
    service: 'opentelemetry.proto.collector.trace.v1.TraceService',
    rejected: 'rejectedSpans',
  },
  logs: {
    path: '/v1/logs',
    service: 'opentelemetry.proto.collector.logs.v1.LogsService',
    rejected: 'rejectedLogRecords',
  },
  metrics: {
    path: '/v1/metrics',
    service: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
    rejected: 'rejectedDataPoints',
  },
};

/**
 * The signal that is posted to this path, or null. Clients put a base path before the fixed part
 * (OTEL_EXPORTER_OTLP_ENDPOINT=http://host/base, Langfuse's /api/public/otel), so any is taken, and a slash after it.
 */
export function signalOfPath(path: string): Signal | null {
  const plain = path.endsWith('/') ? path.slice(0, -1) : path;
  for (const signal of ['traces', 'logs', 'metrics'] as const) if (plain.endsWith(SIGNALS[signal].path)) return signal;
  return null;
}
