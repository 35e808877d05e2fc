// The list's filters are in the address under the API's names; the first-run page gives its reasons from counters.

import { describe, expect, it } from 'vitest';
import type { Run } from '#contracts/run';
import { runQuerySchema } from '#contracts/search';
import type { Status } from '#contracts/status';
import { FILTERS, filtersOf, queryOf, spoken, typedFilter, withFilter, withoutFilter } from './filters.ts';
import { fiveLines, highlight, otelLines } from './five-lines.ts';
import { reasonOf } from './reason.ts';
import { countersOf, whyNothing } from './why-nothing.ts';

describe('filters', () => {
  it('have the names of the API, all of them', () => {
    const known = Object.keys(runQuerySchema.shape).filter((name) => name !== 'limit' && name !== 'cursor');
    expect([...FILTERS].sort()).toEqual(known.sort());
  });
  it('are read from an address and sent to the API; unknown parameters are left out', () => {
    const filters = filtersOf(new URLSearchParams('status=error&status=ok&status=error&q=late&q=second&agent=&utm=x'));
    expect(filters).toEqual([
      { name: 'q', value: 'late' },
      { name: 'status', value: 'error' },
      { name: 'status', value: 'ok' },
    ]);
    expect(queryOf(filters, 50, 'c1').toString()).toBe('q=late&status=error&status=ok&limit=50&cursor=c1');
  });
  it('are added and dropped one value at a time', () => {
    const one = withFilter(new URLSearchParams('q=old'), { name: 'q', value: 'new' });
    expect(one.toString()).toBe('q=new');
    const two = withFilter(withFilter(one, { name: 'agent', value: 'a' }), { name: 'agent', value: 'b' });
    expect(withoutFilter(two, { name: 'agent', value: 'a' }).toString()).toBe('q=new&agent=b');
  });
  it.each([
    ['agent:refund-desk', { name: 'agent', value: 'refund-desk' }],
    ['errortype: "a b"', { name: 'errorType', value: 'a b' }],
    ['status:failed', { name: 'status', value: 'error' }],
    ['status:OK', { name: 'status', value: 'ok' }],
    ['confidence<0.7', { name: 'maxConfidence', value: '0.7' }],
    ['maxConfidence:0.5', { name: 'maxConfidence', value: '0.5' }],
    ['attr:http.method=GET', { name: 'attr', value: 'http.method=GET' }],
    ['note: late parcel', { name: 'q', value: 'note: late parcel' }],
    ['  ', null],
  ])('%j typed is a filter', (typed, filter) => expect(typedFilter(typed)).toEqual(filter));
  it('are described in words', () => {
    expect(spoken({ name: 'maxConfidence', value: '0.7' })).toEqual({ name: 'confidence', sign: '≤', value: '0.7' });
    expect(spoken({ name: 'agent', value: 'a' })).toEqual({ name: 'agent', sign: ':', value: 'a' });
  });
});

describe('the line of reason', () => {
  const run = {
    errorCount: 0,
    errorType: null,
    activity: null,
    minConfidence: 0.9,
    minConfidenceThreshold: 0.7,
    decisionCount: 4,
    model: ['gpt-4.1'],
    service: 's',
    agent: 'a',
  } as unknown as Run;
  it('names the error and the low decision first', () => {
    expect(reasonOf({ ...run, errorCount: 3, errorType: 'UpstreamTimeout', minConfidence: 0.46 })).toBe(
      'UpstreamTimeout, 3 errors · a decision at 0.46, below 0.70 · 4 decisions · gpt-4.1',
    );
    expect(reasonOf(run)).toBe('4 decisions · gpt-4.1');
    expect(reasonOf({ ...run, decisionCount: 0, model: [] })).toBe('s');
  });
});

describe('why nothing arrives', () => {
  const none: Status = {
    version: '0',
    startedAt: '',
    engine: 'chdb',
    engineVersion: '',
    otlpUrl: 'http://127.0.0.1:4318',
    spans: {
      received: 0,
      acked: 0,
      inserted: 0,
      spooled: 0,
      quarantined: 0,
      lost: 0,
      deduplicated: 0,
      recovered: 0,
      rejected: {},
    },
    logs: {
      received: 0,
      acked: 0,
      inserted: 0,
      spooled: 0,
      quarantined: 0,
      lost: 0,
      deduplicated: 0,
      recovered: 0,
      rejected: {},
    },
    spool: null,
    redaction: null,
    requests: { received: 0, answered: {} },
    lastSpanAt: null,
    lastRefusal: null,
    storedData: null,
    summaries: null,
    summarizer: null,
    detector: { lastTickAt: null, lastError: null, isOverdue: false, standbyFor: null, setAside: 0 },
  };
  it('waits without a warning, then names the port and the flush', () => {
    expect(whyNothing(none, 1000)).toMatchObject({ state: 'listening' });
    expect(whyNothing(none, 60_000)).toMatchObject({ state: 'trouble', text: expect.stringContaining('flushes') });
    expect(countersOf(none)).toBe('0 requests, 0 spans, 0 spans rejected');
  });
  it('repeats the last refusal', () => {
    const refused = {
      ...none,
      lastRefusal: { at: '2026-11-20T13:32:07Z', status: 415, message: 'text/plain is not OTLP' },
    };
    expect(whyNothing(refused, 0)).toMatchObject({
      state: 'trouble',
      text: expect.stringContaining('HTTP 415: text/plain is not OTLP'),
    });
  });
  it('counts rejected spans by reason, and requests that were refused or empty', () => {
    expect(whyNothing({ ...none, spans: { ...none.spans, rejected: { invalid_trace_id: 2 } } }, 0).text).toBe(
      'Spans arrived and were rejected: 2 spans for invalid_trace_id.',
    );
    expect(whyNothing({ ...none, requests: { received: 2, answered: { '413': 2 } } }, 0).text).toContain(
      'HTTP 413 × 2',
    );
    expect(whyNothing({ ...none, requests: { received: 2, answered: { '200': 2 } } }, 0).text).toContain(
      'without any span',
    );
  });
});

describe('the five lines', () => {
  const FIVE_LINES = fiveLines('http://localhost:4318');
  it('name the endpoint only when it is not the SDK’s default', () => {
    expect(FIVE_LINES).toContain("start({ service: 'support-api' });");
    expect(fiveLines('http://localhost:4401')).toContain(
      "start({ service: 'support-api', endpoint: 'http://localhost:4401' });",
    );
  });
  it('come with the settings that another OpenTelemetry client needs', () => {
    expect(otelLines('http://localhost:4401').split('\n')).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4401',
      'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
      'OTEL_METRICS_EXPORTER=none',
      'OTEL_LOGS_EXPORTER=none',
    ]);
  });
  it('are highlighted without changing a character', () => {
    expect(
      highlight(FIVE_LINES)
        .map((token) => token.text)
        .join(''),
    ).toBe(FIVE_LINES);
    expect(
      highlight(FIVE_LINES)
        .filter((token) => token.is === 'number')
        .map((token) => token.text),
    ).toEqual(['0.7', '0.82']);
  });
});
