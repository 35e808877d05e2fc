// Announcements of open steps: to which receivers, when, and that they never disturb the agent.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { agent, flush, shutdown, start, step, waitFor } from './index.ts';

interface Announcement {
  eventName: string;
  traceId: string;
  spanId: string;
  timeUnixNano: string;
  attributes: Record<string, unknown>;
}

let sink: OtlpSink;
beforeEach(async () => {
  sink = await openSink();
});
afterEach(async () => {
  await shutdown();
  await sink.close();
});

function announced(): Announcement[] {
  return sink.logs.flatMap(({ body }) =>
    JSON.parse(body.toString()).resourceLogs[0].scopeLogs[0].logRecords.map(
      (record: { attributes: { key: string; value: Record<string, unknown> }[] }) => ({
        ...record,
        attributes: Object.fromEntries(record.attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
      }),
    ),
  );
}

const name = ({ attributes }: Announcement): unknown => attributes['telltale.open.name'];
const until = (is: () => boolean) => vi.waitFor(() => expect(is()).toBe(true), { timeout: 20_000, interval: 10 });

/** A promise and how to resolve it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('a receiver that is no Telltale', () => {
  it('gets the check and spans, and nothing about open steps', async () => {
    start({ service: 's', endpoint: sink.url, announceEvery: 0.25 });
    await agent('a', () => new Promise((resolve) => setTimeout(resolve, 500)));
    await flush();
    expect(sink.logs).toEqual([]);
    expect(sink.checks).toHaveLength(1);
    expect(sink.spans()).toHaveLength(1);
  });

  it('gets announcements all the same when the application says so', async () => {
    const held = gate();
    start({ service: 's', endpoint: sink.url, announce: true });
    const run = agent('a', () => held.opened);
    await until(() => announced().length > 0);
    held.open();
    await run;
  });
});

describe('a Telltale', () => {
  beforeEach(() => sink.acceptOpenSteps());

  it('gets one announcement each of a run and its long step, then signs of life, with what is known of them', async () => {
    const held = gate();
    start({ service: 'refunds', endpoint: sink.url, announceEvery: 0.25 });
    const run = agent('desk', { sessionId: 's-1', userId: 'u-1', version: '2' }, async () => {
      await step('short', () => 1);
      await step('long', { kind: 'retrieval' }, () => held.opened);
    });
    await until(() => announced().filter((record) => name(record) === 'long').length > 1);
    held.open();
    await run;
    await flush();
    const records = announced();
    expect(new Set(records.map(name))).toEqual(new Set(['desk', 'long']));
    expect(new Set(records.map(({ eventName }) => eventName))).toEqual(new Set(['telltale.step.open']));
    const first = records.filter(({ attributes }) => attributes['telltale.open.first'] === true);
    expect(first.map(name).sort()).toEqual(['desk', 'long']);
    const long = first.find((record) => name(record) === 'long');
    const span = sink.span('long');
    expect(long).toMatchObject({ traceId: span.traceId, spanId: span.spanId, timeUnixNano: span.startTimeUnixNano });
    expect(long?.attributes).toMatchObject({
      'telltale.open.parent_span_id': sink.span('desk').spanId,
      'telltale.open.interval': 0.25,
      'telltale.step.kind': 'retrieval',
      'gen_ai.agent.name': 'desk',
      'gen_ai.agent.version': '2',
      'session.id': 's-1',
      'user.id': 'u-1',
    });
    const before = announced().length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(announced()).toHaveLength(before);
  });

  it('learns whom a step waits for, and when it goes on, with masks', async () => {
    const [answer, more] = [gate(), gate()];
    start({ service: 's', endpoint: sink.url, announceEvery: 300, mask: (text) => text.replaceAll('Ada', '[name]') });
    const run = agent('a', async (span) => {
      await waitFor('Ada of finance', () => answer.opened);
      span.waitingFor('a queue');
      span.waitingFor(null);
      await more.opened;
    });
    const waiting = ({ attributes }: Announcement): unknown => attributes['telltale.waiting.for'];
    await until(() => announced().some((record) => waiting(record) === '[name] of finance'));
    answer.open();
    more.open();
    await run;
    await flush();
    expect(JSON.stringify([announced(), sink.spans()])).not.toContain('Ada');
    const { events } = sink.span('a');
    expect(events.map(({ attributes }) => attributes['telltale.waiting.for'])).toEqual(['a queue', undefined]);
  });

  it('that starts later is found, and gets announcements then', async () => {
    const held = gate();
    const { port } = sink;
    await sink.close();
    const lines: string[] = [];
    start({ service: 's', endpoint: sink.url, announceEvery: 0.25, log: (line) => lines.push(line) });
    const run = agent('a', () => held.opened);
    await until(() => lines.length > 0);
    sink = await openSink(port);
    sink.acceptOpenSteps();
    await until(() => announced().length > 0);
    held.open();
    await run;
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('Start-up check');
  });

  it('gets announcements of two thousand open runs at most, and of the next when some end', async () => {
    const held = gate();
    start({ service: 's', endpoint: sink.url, announceEvery: 0.25 });
    const runs = Array.from({ length: 2_100 }, (_, i) => agent(`a${i}`, () => held.opened));
    const known = () => new Set(announced().map(({ spanId }) => spanId)).size;
    await until(() => known() === 2_000);
    await until(() => sink.logs.length > 8);
    expect(known()).toBe(2_000);
    held.open();
    await Promise.all(runs);
    const after = gate();
    const next = agent('next', () => after.opened);
    await until(() => announced().some((record) => name(record) === 'next'));
    after.open();
    await next;
  });
});

describe('the start-up check', () => {
  it('can be switched off, and says nothing about a receiver that takes spans', async () => {
    const lines: string[] = [];
    start({ service: 's', endpoint: sink.url, selfCheck: false, log: (line) => lines.push(line) });
    await step('one', () => 1);
    await flush();
    expect([sink.checks, lines]).toEqual([[], []]);
  });

  it.each([
    [401, 'check `headers`'],
    [404, 'check `endpoint`'],
  ])('says what to do about a %i, once', async (status, advice) => {
    sink.answerChecksWith(status);
    const lines: string[] = [];
    start({ service: 's', endpoint: sink.url, log: (line) => lines.push(line) });
    await until(() => lines.length > 0);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(advice);
  });

  it('sends the headers and certificates of the exporter', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-team=blue');
    start({ service: 's', endpoint: sink.url, headers: { authorization: 'Bearer k' } });
    await until(() => sink.checks.length > 0);
    expect(sink.checks[0]?.headers).toMatchObject({ authorization: 'Bearer k', 'x-team': 'blue' });
    vi.unstubAllEnvs();
  });
});
