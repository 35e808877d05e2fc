// What became of every span: a receiver that is down, refuses, takes half, or comes back; and a full queue.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { agent, decide, flush, shutdown, start, step } from './index.ts';

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

  it('logs that the receiver is down, once, with address and reason', async () => {
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

describe('a full queue of unequal spans', () => {
  it('drops leaves before errors and decisions, and those before roots', async () => {
    vi.stubEnv('OTEL_BSP_MAX_QUEUE_SIZE', '6');
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '600000');
    // The queue is full at six, so nothing may leave before all have ended.
    vi.stubEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '6');
    begin();
    let release = (): void => undefined;
    sink.answerWith(() => new Promise((resolve) => (release = () => resolve({ status: 200 }))));
    const runs = Array.from({ length: 3 }, (_, n) =>
      agent(`root ${n}`, async () => {
        for (let leaf = 0; leaf < 4; leaf += 1) await step(`leaf ${n}.${leaf}`, () => leaf);
        await decide(`decision ${n}`, { options: ['a'] }, () => ({ choice: 'a' }));
        await step(`error ${n}`, () => Promise.reject(new Error('no'))).catch(() => undefined);
      }),
    );
    await Promise.all(runs);
    const flushed = flush();
    await vi.waitFor(() => expect(sink.requests.length).toBeGreaterThan(0));
    sink.answerWith(() => ({ status: 200 }));
    release();
    const { sent, dropped, pending } = await flushed;
    expect([sent + dropped, pending]).toEqual([21, 0]);
    const names = sink.spans().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['root 0', 'root 1', 'root 2']));
    // What was lost is said: by the roots of their runs, and once of the process.
    const said = sink.spans().map(({ attributes }) => attributes);
    expect(said.map((each) => each['telltale.lost.of_process']).filter(Boolean)).toEqual([dropped]);
    const ofRuns = said.map((each) => Number(each['telltale.lost.of_run'] ?? 0));
    expect(ofRuns.reduce((sum, each) => sum + each, 0)).toBe(dropped);
  });
});

describe('a receiver that takes only so much', () => {
  /** @param limit bytes of a request */
  function takeUpTo(limit: number): void {
    sink.answerWith(({ body }) => ({ status: body.length > limit ? 413 : 200 }));
  }
  const received = (limit: number) => sink.requests.filter(({ body }) => body.length <= limit);

  it('gets batches of about 4 MiB at most, whatever they hold', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '60000');
    begin();
    const big = 'ü'.repeat(60_000);
    await Promise.all(Array.from({ length: 60 }, () => step('big', { input: big }, () => big)));
    expect(await flush({ timeoutMs: 60_000 })).toMatchObject({ sent: 60, failed: 0 });
    expect(sink.requests.length).toBeGreaterThan(2);
    expect(Math.max(...sink.requests.map(({ body }) => body.length))).toBeLessThan(5.5 * 1024 * 1024);
  });

  it('gets halves of a batch that it answers with 413, down to one span', async () => {
    takeUpTo(20_000);
    begin();
    await Promise.all(Array.from({ length: 20 }, (_, n) => step(`span ${n}`, { input: 'x'.repeat(9_000) }, () => n)));
    expect(await flush()).toEqual({ sent: 20, failed: 0, dropped: 0, pending: 0, lastError: null });
    expect(new Set(received(20_000).flatMap(({ body }) => body.toString().match(/span \d+/g))).size).toBe(20);
  });

  it('gets a single span that is too large with its texts cut, and one that it never takes counts as failed', async () => {
    takeUpTo(20_000);
    begin();
    await step('large', { input: 'x'.repeat(60_000) }, () => 1);
    expect(await flush()).toMatchObject({ sent: 1, failed: 0 });
    expect(sink.span('large').attributes['telltale.span.shortened']).toBe(true);
    takeUpTo(0);
    await step('never', () => 1);
    expect(await flush()).toMatchObject({ sent: 1, failed: 1, lastError: expect.stringContaining('413') });
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

  it('ends open steps as cancelled, the inner ones first, and sends them', async () => {
    begin();
    let finish = (): void => undefined;
    const late = agent('late', () => step('inner', () => new Promise<void>((resolve) => (finish = resolve))));
    expect(await shutdown()).toMatchObject({ sent: 2, pending: 0 });
    finish();
    await late;
    expect(await flush()).toMatchObject({ sent: 2, dropped: 0 });
    expect(sink.spans().map(({ name, status, attributes }) => [name, status?.code ?? 0, attributes])).toEqual([
      ['inner', 0, expect.objectContaining({ 'telltale.step.outcome': 'cancelled' })],
      ['late', 0, expect.objectContaining({ 'telltale.step.cancelled_by': 'shutdown' })],
    ]);
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
