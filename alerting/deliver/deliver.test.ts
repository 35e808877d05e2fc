import { describe, expect, it } from 'vitest';
import type { Delivery } from '#contracts/delivery';
import { incidentOf } from '#storage/journal';
import { fixedClock } from '../../test/support/fixed-clock.ts';
import { pendingDelivery, storedIncident } from '../../test/support/incidents.ts';
import type { Channel, Message, Outcome } from './channels/channel.ts';
import { createDelivery } from './deliver.ts';
import { MAX_ATTEMPTS, settle } from './settle.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const RETRY: Outcome = { kind: 'retry', afterMs: null, mayHaveArrived: false, reason: 'Slack answered 500.' };
const GONE: Outcome = { kind: 'failed', reason: 'no_service', disables: true };

/** What a message contains: the incidents it names, or the title of a notice. */
function contentOf(message: Message): string {
  if (message.kind === 'alert') return message.incidentId;
  if (message.kind === 'group') return message.parts.map(({ incidentId }) => incidentId).join('+');
  return message.kind === 'notice' ? message.title : message.kind;
}

interface World {
  readonly outcomes?: readonly Outcome[];
  readonly channels?: readonly string[];
  readonly save?: () => Promise<void>;
  readonly silenced?: readonly string[];
}

/** Slack answers from a list, then `sent`; what each channel was asked to send; and what was recorded. */
function setUp({ outcomes = [], channels = ['slack', 'console'], save, silenced = [] }: World = {}) {
  const clock = fixedClock(NOON);
  const tried: string[] = [];
  const messages: Message[] = [];
  const saved: Delivery[] = [];
  const answers = [...outcomes];
  const disabled = new Set<string>();
  const channel = (id: string): Channel => ({
    id,
    type: id === 'console' ? 'console' : 'slack',
    name: id,
    async send(message) {
      tried.push(`${id}: ${contentOf(message)}`);
      messages.push(message);
      return (id === 'slack' ? answers.shift() : undefined) ?? { kind: 'sent' };
    },
  });
  const all = channels.map(channel);
  const deliver = createDelivery({
    projectId: 'p',
    directory: {
      list: async () =>
        all.map((one) => ({
          id: one.id,
          name: one.name,
          enabled: !disabled.has(one.id),
          receives: 'alerts',
          channel: one,
        })),
      disable: async (id) => void disabled.add(id),
    },
    console: 'console',
    publicUrl: () => 'http://localhost',
    async save(deliveries) {
      await save?.();
      saved.push(...deliveries);
    },
    knownOf: async () => new Set(saved.map(({ idem }) => idem)),
    onFailed: () => undefined,
    now: clock.now,
  });
  const run = (deliveries: readonly Delivery[]) => {
    const ids = deliveries.flatMap(({ subject }) => incidentOf(subject) ?? []);
    return deliver({
      pending: deliveries,
      sentLately: saved.filter(({ status }) => status === 'sent'),
      incidents: new Map(ids.map((id) => [id, storedIncident(id)])),
      silenceOf: ({ id }) => (silenced.includes(id) ? 'Muted by Ann: known' : null),
      isStopping: () => false,
    });
  };
  return { clock, tried, messages, saved, disabled, run };
}
const many = (count: number, fields: Partial<Delivery> = {}) =>
  Array.from({ length: count }, (_, i) => pendingDelivery(`incident-${i}`, fields));

describe('delivery', () => {
  it('sends what is due and records it as sent', async () => {
    const { run, tried, saved } = setUp();
    expect(await run([pendingDelivery('a'), pendingDelivery('b', { dueAtMs: NOON + 1 })])).toEqual({
      sent: 1,
      failed: 0,
      dropped: [],
      broken: [],
    });
    expect(tried).toEqual(['slack: a']);
    const messageId = pendingDelivery('a').idem;
    expect(saved).toEqual([pendingDelivery('a', { status: 'sent', attempts: 1, sentAtMs: NOON, messageId })]);
  });

  it('puts several incidents into one message', async () => {
    const { run, tried, messages, saved } = setUp();
    expect(await run(many(5))).toMatchObject({ sent: 1 });
    expect(tried).toHaveLength(1);
    expect(messages[0]).toMatchObject({ kind: 'group' });
    expect(saved.map(({ status }) => status)).toEqual(Array(5).fill('sent'));
    expect(new Set(saved.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('sends one message about an incident, whatever has happened meanwhile', async () => {
    const { run, tried, saved } = setUp();
    await run([pendingDelivery('a'), pendingDelivery('a', { transition: 'grown', idem: 'x' })]);
    expect(tried).toEqual(['slack: a']);
    expect(saved.map(({ transition, status }) => [transition, status])).toEqual([
      ['grown', 'dropped'],
      ['opened', 'sent'],
    ]);
  });

  it('does not send what is muted by now, and says why', async () => {
    const { run, tried } = setUp({ silenced: ['a'] });
    const { dropped } = await run([pendingDelivery('a'), pendingDelivery('b')]);
    expect(tried).toEqual(['slack: b']);
    expect(dropped).toEqual([pendingDelivery('a', { status: 'dropped', lastError: 'Muted by Ann: known' })]);
  });

  it('rests a channel after a refusal, so that an outage costs one attempt a tick', async () => {
    const { run, tried, saved } = setUp({ outcomes: [RETRY] });
    await run(many(3));
    expect(tried).toHaveLength(1);
    expect(saved.map(({ status, attempts }) => [status, attempts])).toEqual(Array(3).fill(['owed', 1]));
  });

  it('keeps the whole channel quiet as long as the receiver asked', async () => {
    const { run, tried, saved, clock } = setUp({ outcomes: [{ ...RETRY, afterMs: 5 * MINUTE }] });
    await run([pendingDelivery('a')]);
    const waiting = [saved[0] as Delivery, pendingDelivery('b')];
    clock.advance(5 * MINUTE - 1);
    await run(waiting);
    expect(tried).toEqual(['slack: a']);
    clock.advance(1);
    await run(waiting);
    expect(tried).toEqual(['slack: a', 'slack: a+b']);
  });

  it('switches off a channel that refuses for good, and sends that and the alert on another', async () => {
    const { run, tried, saved, disabled } = setUp({ outcomes: [GONE], channels: ['slack', 'mail', 'console'] });
    expect(await run([pendingDelivery('a')])).toMatchObject({ sent: 2, failed: 1 });
    expect([...disabled]).toEqual(['slack']);
    expect(tried.sort()).toEqual(['mail: The channel slack is switched off', 'mail: a', 'slack: a']);
    expect(saved[0]).toMatchObject({ channel: 'slack', status: 'failed', attempts: 1, lastError: 'no_service' });
  });

  it('takes the console when there is no other channel, and then at once', async () => {
    const { run, tried } = setUp({ outcomes: [GONE] });
    await run([pendingDelivery('a')]);
    await run([pendingDelivery('b', { dueAtMs: NOON + MINUTE })]);
    expect(tried).toEqual(['slack: a', 'console: The channel slack is switched off', 'console: a', 'console: b']);
  });

  it('sends on another channel too after a quarter of an hour of failures, once', async () => {
    const { run, tried, saved } = setUp({ outcomes: Array(10).fill(RETRY) });
    await run([pendingDelivery('a', { attempts: 3 })]);
    expect(tried).toEqual(['slack: a', 'console: a']);
    await run([{ ...(saved[0] as Delivery), dueAtMs: NOON }]);
    expect(tried).toEqual(['slack: a', 'console: a', 'slack: a']);
  });

  it('does not send again what it could not record, but records it next time', async () => {
    let diskIsFull = true;
    const save = async () => {
      if (diskIsFull) throw new Error('disk full');
    };
    const { run, tried, saved } = setUp({ save });
    await expect(run([pendingDelivery('a')])).rejects.toThrow('disk full');
    diskIsFull = false;
    await run([pendingDelivery('a')]);
    expect(tried).toEqual(['slack: a']);
    expect(saved).toMatchObject([{ status: 'sent', attempts: 1 }]);
  });
});

describe('the pace', () => {
  it('lets three messages through at once, and the next when ten minutes have passed since the first', async () => {
    const { run, tried, clock } = setUp();
    for (const id of ['a', 'b', 'c', 'd']) {
      await run([pendingDelivery(id)]);
      clock.advance(MINUTE);
    }
    expect(tried).toEqual(['slack: a', 'slack: b', 'slack: c']);
    clock.advance(6 * MINUTE - 1);
    await run([pendingDelivery('d')]);
    expect(tried).toHaveLength(3);
    clock.advance(1);
    await run([pendingDelivery('d'), pendingDelivery('e')]);
    expect(tried).toEqual(['slack: a', 'slack: b', 'slack: c', 'slack: d+e']);
  });

  it('sends a message about many in two when it is refused, down to the one that is to blame', async () => {
    const REFUSED: Outcome = { kind: 'failed', reason: 'invalid_blocks', disables: false };
    const ids = ['a', 'b', 'c', 'd'];
    const { run, tried, saved } = setUp({ outcomes: [REFUSED, REFUSED, { kind: 'sent' }, REFUSED, { kind: 'sent' }] });
    await run(ids.map((id) => pendingDelivery(id)));
    expect(tried.slice(0, 5)).toEqual(['slack: a+b+c+d', 'slack: a+b', 'slack: a', 'slack: b', 'slack: c+d']);
    const settled = ids.map(
      (id) =>
        saved.find(
          ({ subject, channel, status }) => subject === `incident:${id}` && channel === 'slack' && status !== 'owed',
        )?.status,
    );
    expect(settled).toEqual(['sent', 'failed', 'sent', 'sent']);
  });

  it('gathers for five minutes after a message about many', async () => {
    const { run, tried, clock } = setUp();
    await run(many(4));
    clock.advance(5 * MINUTE - 1);
    await run([pendingDelivery('x')]);
    expect(tried).toHaveLength(1);
    clock.advance(1);
    await run([pendingDelivery('x')]);
    expect(tried).toHaveLength(2);
  });
});

describe('an attempt that must be repeated', () => {
  it('waits longer each time, up to half an hour, and is given up after the tenth', () => {
    let delivery = pendingDelivery('a');
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
    const doubtful = settle(pendingDelivery('a'), { ...RETRY, mayHaveArrived: true }, NOON);
    expect(settle(doubtful, RETRY, NOON).mayHaveArrived).toBe(true);
    expect(settle(pendingDelivery('a'), RETRY, NOON).mayHaveArrived).toBe(false);
  });
});
