// Span times: finer than a millisecond, in the order of what happened, and close to the machine's clock.
import { setTimeout as wait } from 'node:timers/promises';
import type { HrTime } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpSink, openSink, type SinkSpan } from '../test-support/otlp-sink.ts';
import { makeClock } from './clock.ts';
import { agent, flush, shutdown, start, step } from './index.ts';

const toNs = ([seconds, ns]: HrTime): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(ns);

describe('the clock', () => {
  const EPOCH_MS = 1_790_000_000_000;

  /** A clock whose two sources the test moves by hand. */
  function byHand(): { read: () => bigint; move: (steadyMs: number, wallMs: number) => void } {
    const time = { steady: EPOCH_MS, wall: EPOCH_MS };
    const clock = makeClock({ steadyMs: () => time.steady, wallMs: () => time.wall });
    return {
      read: () => toNs(clock()),
      move: (steadyMs, wallMs) => {
        time.steady += steadyMs;
        time.wall += wallMs;
      },
    };
  }
  const EPOCH_NS = BigInt(EPOCH_MS) * 1_000_000n;

  it('gives every reading a time of its own, a microsecond apart at least', () => {
    const { read, move } = byHand();
    expect([read(), read(), read()]).toEqual([EPOCH_NS, EPOCH_NS + 1_000n, EPOCH_NS + 2_000n]);
    move(0.5, 0);
    expect(read()).toBe(EPOCH_NS + 500_000n);
  });

  it('does not follow small differences to the wall clock', () => {
    const { read, move } = byHand();
    move(10, 25);
    expect(read()).toBe(EPOCH_NS + 10_000_000n);
  });

  it('follows the wall clock when the machine slept', () => {
    const { read, move } = byHand();
    read();
    move(1, 3_600_000);
    expect(read()).toBe(EPOCH_NS + 3_600_000_000_000n);
  });

  it('advances only slightly when the wall clock is set back a little, and restarts when it is set back far', () => {
    const { read, move } = byHand();
    read();
    move(0, -500);
    expect(read()).toBe(EPOCH_NS + 1_000n);
    move(0, -3_600_000);
    expect(read()).toBe(EPOCH_NS - 3_600_500_000_000n);
  });
});

describe('the times of spans', () => {
  let sink: OtlpSink;
  let before: number;
  let after: number;

  beforeAll(async () => {
    sink = await openSink();
    start({ service: 'support-api', endpoint: sink.url });
    before = Date.now();
    await agent('fifty', async (run) => {
      for (let n = 0; n < 50; n += 1) await step(`fast ${n}`, (span) => void span.event('half way'));
      await Promise.allSettled([step('fails', () => Promise.reject(new Error('no')))]);
      await step('waits', () => wait(5));
      run.event('nearly done');
    });
    after = Date.now();
    await flush();
  });
  afterAll(async () => {
    await shutdown();
    await sink.close();
  });

  const startOf = (span: SinkSpan): bigint => BigInt(span.startTimeUnixNano);
  const endOf = (span: SinkSpan): bigint => BigInt(span.endTimeUnixNano);
  const inOrder = (times: bigint[]): boolean => times.every((time, index) => index === 0 || time > times[index - 1]!);

  it('are in the order of the steps, which follow one another', () => {
    const steps = Array.from({ length: 50 }, (_, n) => sink.span(`fast ${n}`));
    expect(inOrder(steps.flatMap((span) => [startOf(span), endOf(span)]))).toBe(true);
  });

  it('keep children within their parent, and events within their span', () => {
    const parent = sink.span('fifty');
    for (const span of sink.spans()) {
      const times = span.events.map((event) => BigInt(event.timeUnixNano));
      expect(inOrder([startOf(span), ...times, endOf(span)])).toBe(true);
      if (span !== parent) expect(inOrder([startOf(parent), startOf(span), endOf(span), endOf(parent)])).toBe(true);
    }
    expect(sink.span('fails').events).toHaveLength(1);
    expect(parent.events).toHaveLength(1);
  });

  it('agree with the wall clock', () => {
    const toleranceNs = 60_000_000n;
    expect(startOf(sink.span('fifty'))).toBeGreaterThan(BigInt(before) * 1_000_000n - toleranceNs);
    expect(endOf(sink.span('fifty'))).toBeLessThan(BigInt(after) * 1_000_000n + toleranceNs);
  });
});
