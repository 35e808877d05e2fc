// Sends spans to a running Telltale as any OpenTelemetry client does: OTLP over HTTP as JSON.
import { expect, vi } from 'vitest';
import type { Status } from '#contracts/status';
import type { RunningTelltale } from '../support/app.ts';

type Value = string | number | boolean | readonly string[];

export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** Epoch ms. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly service?: string;
  readonly attributes?: Readonly<Record<string, Value>>;
  /** The message of an error; the span then has status error and an exception event. */
  readonly error?: { readonly type: string; readonly message: string; readonly stack?: string };
  readonly events?: readonly { readonly name: string; readonly attributes: Readonly<Record<string, Value>> }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

const anyValue = (value: Value): object => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map(anyValue) } };
};
const keyValues = (attributes: Readonly<Record<string, Value>>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
const nanos = (ms: number) => `${BigInt(Math.round(ms * 1000)) * 1000n}`;

function otlpSpan({
  traceId,
  spanId,
  parentSpanId,
  name,
  startMs,
  durationMs,
  attributes = {},
  error,
  events = [],
  links = [],
}: SentSpan): object {
  const thrown = error && {
    'exception.type': error.type,
    'exception.message': error.message,
    ...(error.stack === undefined ? {} : { 'exception.stacktrace': error.stack }),
  };
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: 1,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(startMs + durationMs),
    attributes: keyValues(error === undefined ? attributes : { 'error.type': error.type, ...attributes }),
    events: [...events, ...(thrown === undefined ? [] : [{ name: 'exception', attributes: thrown }])].map((event) => ({
      name: event.name,
      timeUnixNano: nanos(startMs + durationMs),
      attributes: keyValues(event.attributes),
    })),
    links,
    status: error === undefined ? {} : { code: 2, message: error.message },
  };
}

/** Posts the spans, none of which may be refused, and waits until all are stored, so that the next read returns them. */
export async function sendSpans(telltale: RunningTelltale, spans: readonly SentSpan[]): Promise<void> {
  const resourceSpans = [...byService(spans)].map(([service, own]) => ({
    resource: { attributes: keyValues({ 'service.name': service }) },
    scopeSpans: [{ scope: { name: 'test/ui', version: '1' }, spans: own.map(otlpSpan) }],
  }));
  const response = await fetch(`${telltale.otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  });
  expect([response.status, await response.json()]).toEqual([200, {}]);
  await vi.waitUntil(async () => (await waiting(telltale)) === 0, { timeout: 60_000, interval: 20 });
}

/** How many acknowledged spans are not stored yet. Read from the counters, because reading the traces costs much more. */
async function waiting(telltale: RunningTelltale): Promise<number> {
  const { spans } = (await (await fetch(`${telltale.apiUrl}/api/status`)).json()) as Status;
  return spans.acked - spans.inserted - spans.deduplicated;
}

function byService(spans: readonly SentSpan[]): Map<string, SentSpan[]> {
  const groups = new Map<string, SentSpan[]>();
  for (const span of spans) {
    const service = span.service ?? 'support-api';
    const group = groups.get(service) ?? [];
    group.push(span);
    groups.set(service, group);
  }
  return groups;
}
