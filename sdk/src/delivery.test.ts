// What became of every span: a receiver that is down, refuses, takes half, or comes back; and a full queue.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { agent, flush, shutdown, start, step } from './index.ts';

let sink: OtlpSink;
let lines: string[];

beforeEach(async () => {
  sink = await openSink();
  lines = [];
  // Shorter than the exporter's first back-off, so that a receiver that is down fails at once.
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '500');
});

afterEach(async () => {
  await shutdown();
  vi.unstubAllEnvs();
  await sink.close();
});

function begin(): void {
  start({ service: 'support-api', endpoint: sink.url, selfCheck: false, log: (line) => lines.push(line) });
}

async function spans(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await step(`span ${n}`, () => n);
}

describe('flush', () => {
  it('counts what was sent, and counts again after more', async () => {
    begin();
    await agent('a', () => spans(2));
    expect(await flush()).toEqual({ sent: 3, failed: 0, dropped: 0, pending: 0, lastError: null });
    await spans(2);
    expect(await flush()).toMatchObject({ sent: 5 });
    expect(sink.spans()).toHaveLength(5);
    expect(lines).toEqual([]);
  });

  it('also waits for a batch that left before', async () => {
    vi.stubEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '2');
    begin();
    await spans(5);
    expect(await flush()).toMatchObject({ sent: 5, pending: 0 });
    expect(sink.spans()).toHaveLength(5);
  });

  it('tells that the receiver is down, once, with address and reason', async () => {
    await sink.close();
    begin();
    await spans(2);
    const first = await flush();
    expect(first).toMatchObject({ sent: 0, failed: 2, pending: 0 });
    expect(first.lastError).toContain('ECONNREFUSED');
    await spans(1);
    expect(await flush()).toMatchObject({ failed: 3 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`${sink.url}/v1/traces`);
    expect(lines[0]).toContain('ECONNREFUSED');
  });

  it('sends again when the receiver comes back', async () => {
    await sink.close();
    begin();
    await spans(2);
    await flush();
    sink = await openSink(sink.port);
    await spans(3);
    expect(await flush()).toMatchObject({ sent: 3, failed: 2, pending: 0 });
    expect(sink.spans()).toHaveLength(3);
  });

  it('names the status and the words of a refusal', async () => {
    sink.answerWith(() => ({ status: 400, body: { code: 3, message: 'span id has 7 bytes' } }));
    begin();
    await spans(2);
    expect(await flush()).toMatchObject({
      sent: 0,
      failed: 2,
      lastError: 'answered 400 Bad Request: span id has 7 bytes',
    });
  });

  it('counts single spans that were refused out of a batch', async () => {
    sink.answerWith(() => ({
      status: 200,
      body: { partialSuccess: { rejectedSpans: '2', errorMessage: 'no trace id' } },
    }));
    begin();
    await spans(5);
    expect(await flush()).toEqual({
      sent: 3,
      failed: 2,
      dropped: 0,
      pending: 0,
      lastError: 'refused 2 spans: no trace id',
    });
    sink.answerWith(() => ({ status: 200, body: { partialSuccess: {} } }));
    await spans(1);
    expect(await flush()).toMatchObject({ sent: 4, failed: 2 });
  });

  it('says what kept a retrying export from ending well', async () => {
    sink.answerWith(() => ({ status: 503 }));
    begin();
    await spans(1);
    expect(await flush()).toMatchObject({ failed: 1, lastError: expect.stringContaining('503') });
  });

  it('leaves spans pending when time is up, and counts them later', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '10000');
    let isDown = true;
    sink.answerWith(() => (isDown ? { status: 503 } : { status: 200 }));
    begin();
    await spans(2);
    expect(await flush({ timeoutMs: 50 })).toMatchObject({ sent: 0, failed: 0, pending: 2 });
    isDown = false;
    expect(await flush()).toMatchObject({ sent: 2, pending: 0 });
  });
});

describe('a full queue', () => {
  it('drops and counts, and every span is accounted for', async () => {
    vi.stubEnv('OTEL_BSP_MAX_QUEUE_SIZE', '4');
    vi.stubEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '4');
    begin();
    await Promise.all(Array.from({ length: 50 }, (_, n) => step(`burst ${n}`, () => n)));
    const { sent, failed, dropped, pending } = await flush();
    expect(dropped).toBeGreaterThan(0);
    expect(sent).toBe(sink.spans().length);
    expect({ total: sent + dropped, failed, pending }).toEqual({ total: 50, failed: 0, pending: 0 });
  });
});

describe('shutdown', () => {
  it('sends the rest and keeps the counts; later spans run unrecorded', async () => {
    begin();
    await spans(2);
    expect(await shutdown()).toMatchObject({ sent: 2, pending: 0 });
    expect(await step('after', () => 'still runs')).toBe('still runs');
    expect(await shutdown()).toMatchObject({ sent: 2 });
    expect(sink.spans()).toHaveLength(2);
  });

  it('counts a span that ends too late as dropped', async () => {
    begin();
    let finish = (): void => undefined;
    const late = agent('late', () => new Promise<void>((resolve) => (finish = resolve)));
    await shutdown();
    finish();
    await late;
    expect(await flush()).toMatchObject({ sent: 0, dropped: 1 });
  });

  it('allows a new start', async () => {
    begin();
    await shutdown();
    begin();
    await spans(1);
    expect(await flush()).toMatchObject({ sent: 1, dropped: 0 });
  });
});

describe('start', () => {
  it('a second time changes nothing and says so', async () => {
    begin();
    const second = start({ service: 'other', endpoint: 'http://127.0.0.1:1' });
    expect(second).toMatchObject({ started: false, endpoint: `${sink.url}/v1/traces` });
    expect(second.message).toContain('called before');
    expect(lines).toEqual([`[telltale] ${second.message}`]);
    await spans(1);
    expect(await flush()).toMatchObject({ sent: 1 });
    expect(sink.span('span 0').resource['service.name']).toBe('support-api');
  });
});
