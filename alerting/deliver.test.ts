import { describe, expect, it } from 'vitest';
import type { Delivery } from '#schema/delivery';
import { incidentOf } from '#storage/journal';
import { fixedClock } from '../test/support/fixed-clock.ts';
import { owedDelivery, storedIncident } from '../test/support/incidents.ts';
import type { Channel, Outcome } from './channels/channel.ts';
import { createDelivery, MAX_ATTEMPTS, settle } from './deliver.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-02T12:00:00.000Z');

const RETRY: Outcome = { kind: 'retry', afterMs: null, mayHaveArrived: false, reason: 'Slack answered 500.' };
const owed = owedDelivery;

/** A channel that answers from a list, then `sent`; what it was asked to send; and what was recorded. */
function setUp(outcomes: readonly Outcome[], save: (delivery: Delivery) => Promise<void> = async () => undefined) {
  const clock = fixedClock(NOON);
  const tried: string[] = [];
  const said: string[] = [];
  const saved: Delivery[] = [];
  const channel = (id: string, ids: string[], answers: Outcome[]): Channel => ({
    id,
    type: 'console',
    name: id,
    async send(message) {
      if (message.kind === 'alert') ids.push(message.incidentId);
      return answers.shift() ?? { kind: 'sent' };
    },
  });
  const slack = channel('slack', tried, [...outcomes]);
  const deliver = createDelivery({
    channels: new Map([[slack.id, slack]]),
    fallback: channel('console', said, []),
    publicUrl: () => 'http://localhost',
    async save(delivery) {
      await save(delivery);
      saved.push(delivery);
    },
    onFailed: () => undefined,
    now: clock.now,
  });
  const run = (deliveries: readonly Delivery[]) =>
    deliver(
      deliveries,
      new Map(
        deliveries.map(({ subject }) => [incidentOf(subject) as string, storedIncident(incidentOf(subject) as string)]),
      ),
      () => false,
    );
  return { clock, tried, said, saved, run };
}

describe('delivery', () => {
  it('sends what is due and records it as sent', async () => {
    const { run, tried, saved } = setUp([]);
    expect(await run([owed('a'), owed('b', { dueAtMs: NOON + 1 })])).toEqual({ sent: 1, failed: 0 });
    expect(tried).toEqual(['a']);
    expect(saved).toEqual([owed('a', { status: 'sent', attempts: 1, sentAtMs: NOON })]);
  });

  it('rests a channel after a refusal, so that an outage costs one attempt a tick', async () => {
    const { run, tried } = setUp([RETRY]);
    await run([owed('a'), owed('b'), owed('c')]);
    expect(tried).toEqual(['a']);
  });

  it('keeps the whole channel quiet as long as the receiver asked', async () => {
    const { run, tried, saved, clock } = setUp([{ ...RETRY, afterMs: 5 * MINUTE }]);
    await run([owed('a')]);
    const waiting = [saved[0] as Delivery, owed('b')];
    clock.advance(5 * MINUTE - 1);
    await run(waiting);
    expect(tried).toEqual(['a']);
    clock.advance(1);
    await run(waiting);
    expect(tried).toEqual(['a', 'a', 'b']);
  });

  it('says on the console what Slack will never take, once', async () => {
    const { run, said, saved } = setUp([{ kind: 'failed', reason: 'no_service', disables: true }]);
    expect(await run([owed('a')])).toEqual({ sent: 0, failed: 1 });
    expect(said).toEqual(['a']);
    expect(saved).toEqual([owed('a', { status: 'failed', attempts: 1, lastError: 'no_service' })]);
  });

  it('uses the console at once when the channel is no longer set up', async () => {
    const clock = fixedClock(NOON);
    const said: string[] = [];
    const saved: Delivery[] = [];
    const deliver = createDelivery({
      channels: new Map(),
      fallback: {
        id: 'console',
        type: 'console',
        name: 'Console',
        async send(message) {
          if (message.kind === 'alert') said.push(message.incidentId);
          return { kind: 'sent' };
        },
      },
      publicUrl: () => 'http://localhost',
      save: async (delivery) => void saved.push(delivery),
      onFailed: () => undefined,
      now: clock.now,
    });
    await deliver([owed('a', { dueAtMs: NOON + MINUTE })], new Map([['a', storedIncident('a')]]), () => false);
    expect(said).toEqual(['a']);
    expect(saved[0]).toMatchObject({ channel: 'console', status: 'sent' });
  });

  it('does not send again what it could not record, but records it next time', async () => {
    let diskIsFull = true;
    const { run, tried, saved } = setUp([], async () => {
      if (diskIsFull) throw new Error('disk full');
    });
    await expect(run([owed('a')])).rejects.toThrow('disk full');
    diskIsFull = false;
    await run([owed('a')]);
    expect(tried).toEqual(['a']);
    expect(saved).toEqual([owed('a', { status: 'sent', attempts: 1, sentAtMs: NOON })]);
  });
});

describe('an attempt that must be repeated', () => {
  it('waits longer each time, up to half an hour, and is given up after the tenth', () => {
    let delivery = owed('a');
    const waits: number[] = [];
    while (delivery.status === 'owed') {
      delivery = settle(delivery, RETRY, NOON);
      if (delivery.status === 'owed') waits.push(Math.ceil((delivery.dueAtMs - NOON) / MINUTE));
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30]);
    expect(delivery).toMatchObject({ status: 'failed', attempts: MAX_ATTEMPTS });
    expect(delivery.lastError).toContain('Given up after 10 attempts');
  });

  it('remembers that an earlier one may have arrived', () => {
    const doubtful = settle(owed('a'), { ...RETRY, mayHaveArrived: true }, NOON);
    expect(settle(doubtful, RETRY, NOON).mayHaveArrived).toBe(true);
    expect(settle(owed('a'), RETRY, NOON).mayHaveArrived).toBe(false);
  });
});
