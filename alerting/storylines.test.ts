// What happened, and what was sent: the whole way over the real engine, with a clock that is moved by hand. A tick is
// twenty queries, so the small tier ticks less often; the full tier ticks every minute. Days of steady noise are too many
// ticks even for that; detector/noise.test.ts plays them against the pure judgement.
import { describe, expect, it, vi } from 'vitest';
import { ACKS, MUTES, RESOLVES } from '#contracts/mute';
import { RULES } from '#contracts/rule';
import { DEFAULT_RULES } from '#domain/rule/default-rules';
import { readIncidents } from '#storage/read-incidents';
import { putSettings } from '#storage/settings';
import { MINUTE, NOON, tickEveryMinute, useAlertingWorld } from '../test/support/alerting-world.ts';
import type { ErrorRow } from '../test/support/error-rows.ts';
import { itInFull } from '../test/support/full-tier.ts';
import { propertyRuns } from '../test/support/tier.ts';

// Some stories are long, and the machine may be busy.
vi.setConfig({ testTimeout: 240_000 });

const world = useAlertingWorld();
const HOUR = 60 * MINUTE;

/** The first line of every message so far. */
const messages = () => world.slack.posts.map(({ text }) => text ?? '');
const incidents = () => readIncidents(world.db, world.projectId);
const row = (trace: number, endedMs: number, fields: Partial<ErrorRow> = {}): ErrorRow => ({
  projectId: world.projectId,
  fingerprint: 'lookup-timeout',
  trace,
  endedMs,
  ...fields,
});
const rows = (times: readonly number[], fields: Partial<ErrorRow> = {}, firstTrace = 1) =>
  times.map((endedMs, i) => row(firstTrace + i, endedMs, fields));
const spread = (count: number, fromMs: number, toMs: number) =>
  Array.from({ length: count }, (_, i) => fromMs + Math.round(((toMs - fromMs) * i) / Math.max(1, count - 1)));

/** Stores each error when it is received, ticks every so many minutes, and restarts the detector when asked to. */
async function play(errors: readonly ErrorRow[], minutes: number, { restart = false, every = 1 } = {}): Promise<void> {
  const receivedMs = (error: ErrorRow) => error.receivedMs ?? error.endedMs;
  const waiting = [...errors].sort((a, b) => receivedMs(a) - receivedMs(b));
  let alerting = world.start();
  for (let minute = 0; minute < minutes; minute += every) {
    world.clock.advance(every * MINUTE);
    const due = waiting.filter((error) => receivedMs(error) <= world.clock.now());
    waiting.splice(0, due.length);
    if (due.length > 0) await world.insert(due);
    if (restart) {
      await alerting.stop();
      alerting = world.start();
    }
    expect(await alerting.tick()).toMatchObject({ status: 'done' });
  }
}

describe('a slow pattern', () => {
  it('of ten errors in 28 minutes is notified within a minute of the tenth', async () => {
    await play(rows(spread(10, NOON + 1, NOON + 28 * MINUTE)), 27, { every: propertyRuns(9, 1) });
    expect(messages()).toEqual([]);
    await play([row(10, NOON + 28 * MINUTE)], 1);
    expect(messages()).toHaveLength(1);
  });

  it('that straddles every boundary of half hours is found at any time of the clock', async () => {
    world.clock.advance(17 * MINUTE);
    await play(rows(spread(10, world.clock.now() + 1, world.clock.now() + 26 * MINUTE)), 28, {
      every: propertyRuns(7, 1),
    });
    expect(messages()).toHaveLength(1);
  });

  it('is notified once and ends once although the detector restarts at every tick', async () => {
    await play(rows(spread(10, NOON + 1, NOON + 10 * MINUTE)), 60, { restart: true, every: propertyRuns(6, 1) });
    expect(await incidents()).toMatchObject([{ status: 'resolved' }]);
    expect((await incidents())[0]?.notices.map(({ transition, status }) => [transition, status])).toEqual([
      ['opened', 'sent'],
      ['resolved', 'sent'],
    ]);
    expect(messages()).toHaveLength(2);
  });

  it('is counted once although everything is sent five times', async () => {
    const nine = rows(spread(9, NOON + 1, NOON + 5 * MINUTE));
    await play([...nine, ...nine, ...nine.map((one) => ({ ...one, receivedMs: NOON + 6 * MINUTE }))], 10, {
      every: propertyRuns(2, 1),
    });
    expect(messages()).toEqual([]);
  });
});

describe('a storm', () => {
  const PER_MINUTE = propertyRuns(200, 5000);
  it(`of ${PER_MINUTE} errors a minute in forty patterns is at most three messages in its first ten minutes, and ends with all of them notified`, async () => {
    const perMinute = (minute: number) =>
      Array.from({ length: PER_MINUTE }, (_, i) =>
        row(minute * 10_000 + i, NOON + minute * MINUTE + 1 + ((i * 137) % 59_000), {
          fingerprint: `pattern-${i % 40}`,
          // Some patterns begin later than others.
          ...(minute < (i % 40) / 8 ? { fingerprint: `pattern-${i % 8}` } : {}),
        }),
      );
    await play(Array.from({ length: 11 }, (_, minute) => perMinute(minute)).flat(), 10);
    expect(world.slack.posts.length).toBeGreaterThanOrEqual(1);
    expect(world.slack.posts.length).toBeLessThanOrEqual(3);
    await play([], 12, { every: propertyRuns(4, 1) });
    const all = await incidents();
    expect(all).toHaveLength(40);
    expect(
      all.every(({ notices }) =>
        notices.some(({ transition, status }) => transition === 'opened' && status === 'sent'),
      ),
    ).toBe(true);
    expect(world.slack.posts.length).toBeLessThanOrEqual(5);
  });

  it('with one provider behind it is one message, which ends with it', async () => {
    const outage = Array.from({ length: 6 }, (_, agent) =>
      rows(
        spread(20, NOON + 1, NOON + 50_000),
        { fingerprint: `llm-${agent}`, agent: `agent-${agent}`, provider: 'openai', template: '503 overloaded' },
        agent * 100,
      ),
    ).flat();
    await play(outage, 3);
    expect(messages()).toHaveLength(1);
    const [parent] = (await incidents()).filter(({ kind }) => kind === 'provider');
    expect(parent).toMatchObject({ title: 'openai is failing: 6 patterns', status: 'firing' });
    expect(parent?.childIds).toHaveLength(6);
    await play([], 50, { every: propertyRuns(10, 5) });
    expect((await incidents()).map(({ status }) => status)).toEqual(Array(7).fill('resolved'));
    expect(messages()).toHaveLength(2);
  });
});

describe('what comes and goes', () => {
  itInFull('flapping is one incident: one message when it begins, one when it ends', async () => {
    const bursts = [0, 40, 80, 120].flatMap((minute, i) =>
      rows(spread(10, NOON + minute * MINUTE + 1, NOON + (minute + 3) * MINUTE), {}, i * 100),
    );
    await play(bursts, 175, { every: propertyRuns(15, 5) });
    expect(await incidents()).toMatchObject([{ status: 'resolved' }]);
    expect(messages()).toHaveLength(2);
  });

  it('that returns twenty minutes after its end is the same incident, and not notified again', async () => {
    const twice = [0, 70].flatMap((minute, i) =>
      rows(spread(10, NOON + minute * MINUTE + 1, NOON + (minute + 1) * MINUTE), {}, i * 100),
    );
    await play(twice, 130, { every: propertyRuns(10, 5) });
    expect(await incidents()).toMatchObject([{ status: 'resolved', reopened: 1 }]);
    expect(messages()).toHaveLength(2);
  });
});

describe('time', () => {
  it('errors that come more than two hours late are never notified, but counted as late', async () => {
    const late = rows(spread(40, NOON - 6 * HOUR, NOON - 3 * HOUR)).map((one) => ({ ...one, receivedMs: NOON + 1 }));
    await play(late, 3);
    expect(messages()).toEqual([]);
  });

  it('an hour of scattered errors, held back and sent at once, is no pattern', async () => {
    const held = rows(spread(12, NOON - 100 * MINUTE, NOON - 20 * MINUTE)).map((one) => ({
      ...one,
      receivedMs: NOON + 1,
    }));
    await play(held, 3);
    expect(messages()).toEqual([]);
  });

  it('a host whose clock is forty minutes slow, or three days fast, hides nothing', async () => {
    const skewed = (skewMs: number, source: string, firstTrace: number) =>
      rows(spread(5, NOON + 1, NOON + 8 * MINUTE), { source }, firstTrace).map((one) => ({
        ...one,
        receivedMs: one.endedMs,
        endedMs: one.endedMs + skewMs,
      }));
    await play([...skewed(0, 'right', 1), ...skewed(-40 * MINUTE, 'slow', 11)], 9, { every: propertyRuns(3, 1) });
    expect(messages()).toHaveLength(1);
    expect((await incidents())[0]?.skewed).toBe(5);
  });

  it('a storm between two ticks is one message, which says what is over', async () => {
    await world.start().tick();
    const past = ['a', 'b', 'c', 'd', 'e'].flatMap((fingerprint, i) =>
      rows(spread(12, NOON + i * 20 * MINUTE, NOON + (i * 20 + 5) * MINUTE), { fingerprint }, i * 100),
    );
    await world.insert(past);
    world.clock.advance(10 * HOUR);
    await tickEveryMinute(world, world.start(), 3);
    expect(messages()).toHaveLength(1);
    expect((await incidents()).map(({ status }) => status)).toEqual(Array(5).fill('resolved'));
  });
});

describe('kinds', () => {
  it('ten errors in one run are a loop, and a pattern once other runs fail too', async () => {
    const loop = Array.from({ length: 12 }, (_, i) => row(1, NOON + 1000 + i, { span: i + 1 }));
    await play(loop, 1);
    expect(await incidents()).toMatchObject([
      { kind: 'loop', traces: 1, title: 'Loop in one run: TimeoutError in lookup_order' },
    ]);
    expect(messages()).toHaveLength(1);
  });

  it('three errors never seen before are notified when the project is known for a day', async () => {
    await world.insert([row(900, NOON - 30 * HOUR, { fingerprint: 'old' })]);
    await play(rows(spread(3, NOON + 1, NOON + 2 * MINUTE)), 3);
    expect(await incidents()).toMatchObject([{ kind: 'new_pattern', count: 3 }]);
    await play(rows(spread(12, NOON + 3 * MINUTE, NOON + 4 * MINUTE), {}, 20), 3);
    expect(messages()).toHaveLength(1);
  });

  it('a resolved pattern that fails in the next version is notified as back, with three errors', async () => {
    await play(rows(spread(10, NOON + 1, NOON + 50_000), { version: '1.0.0' }), 1);
    const [first] = await incidents();
    const act = { by: 'Ann', note: 'fixed', at: new Date(world.clock.now()).toISOString() };
    await putSettings(world.db, world.projectId, [{ of: RESOLVES, id: first?.id ?? '', value: act }], 'Ann', NOON);
    await play(rows(spread(3, NOON + 90_000, NOON + 100_000), { version: '1.0.0' }, 30), 2);
    expect(await incidents()).toMatchObject([{ status: 'resolved', resolvedBy: 'Ann' }]);
    const minute = world.clock.now();
    await play(rows(spread(3, minute + 1, minute + 1000), { version: '1.1.0' }, 50), 1);
    expect(await incidents()).toMatchObject([{ kind: 'regression', status: 'firing' }, { resolvedBy: 'Ann' }]);
    expect(messages()).toHaveLength(3);
  });

  it('the baseline of this time of day is not notified', async () => {
    const days = [1, 2, 3, 4].flatMap((day) =>
      rows(spread(8, NOON - day * 24 * HOUR - 20 * MINUTE, NOON - day * 24 * HOUR), {}, day * 100),
    );
    await world.insert(days);
    await play(rows(spread(16, NOON + 1, NOON + 50_000), {}, 1000), 1);
    expect(messages()).toEqual([]);
    await play(rows(spread(10, world.clock.now() + 1, world.clock.now() + 50_000), {}, 2000), 1);
    expect(messages()).toHaveLength(1);
    expect(await incidents()).toMatchObject([{ evidence: { limit: 24 } }]);
  });
});

describe('what people do', () => {
  const openOne = async () => {
    await play(rows(spread(12, NOON + 1, NOON + 50_000)), 1);
    return (await incidents())[0]?.id ?? '';
  };
  const act = () => ({ by: 'Ann', note: '', at: new Date(world.clock.now()).toISOString() });

  it('an unacknowledged incident is notified again after six hours; an acknowledged one is not', async () => {
    const id = await openOne();
    const going = Array.from({ length: 90 }, (_, i) => row(100 + i, NOON + (5 + i * 5) * MINUTE));
    await world.insert(going.map((one) => ({ ...one, receivedMs: one.endedMs })));
    world.clock.advance(6 * HOUR);
    await tickEveryMinute(world, world.start(), 2);
    expect((await incidents())[0]?.notices.map(({ transition }) => transition)).toEqual(['opened', 'reminder']);
    await putSettings(world.db, world.projectId, [{ of: ACKS, id, value: act() }], 'Ann', NOON);
    world.clock.advance(HOUR);
    await tickEveryMinute(world, world.start(), 2);
    expect(messages()).toHaveLength(2);
  });

  it('a mute is obeyed at once, recorded, and ends when a new version fails', async () => {
    const mute = {
      scope: { kind: 'pattern', fingerprint: 'lookup-timeout' },
      unless: { count: 10, versions: ['1.0.0'] },
      by: 'Ann',
      why: 'known',
      at: new Date(NOON).toISOString(),
    } as const;
    await putSettings(world.db, world.projectId, [{ of: MUTES, id: 'm', value: mute }], 'Ann', NOON);
    await play(rows(spread(12, NOON + 1, NOON + 50_000), { version: '1.0.0' }), 2);
    expect(messages()).toEqual([]);
    expect(await incidents()).toMatchObject([
      { status: 'firing', mutedBy: { id: 'm', why: 'Muted by Ann: known' }, notices: [] },
    ]);
    await play([row(500, world.clock.now() + 1, { version: '1.1.0' })], 1);
    expect(messages()).toHaveLength(1);
    expect(await incidents()).toMatchObject([{ mutedBy: null }]);
  });

  it('a rule of their own comes first, and a rule for the digest sends no notification', async () => {
    const strict = { kind: 'similar_errors', id: 'strict', name: 'Strict', threshold: 4, where: { agents: ['vip'] } };
    const quiet = { ...DEFAULT_RULES.find(({ id }) => id === 'similar-errors'), notify: 'digest' };
    const rules = [strict, quiet].map((value) => RULES.shape.parse(value));
    const puts = rules.map((value) => ({ of: RULES, id: value.id, value }));
    await putSettings(world.db, world.projectId, puts, 'Ann', NOON);
    await play(
      [
        ...rows(spread(4, NOON + 1, NOON + 9), { agent: 'vip', fingerprint: 'v' }),
        ...rows(spread(12, NOON + 1, NOON + 9), {}, 50),
      ],
      1,
    );
    expect((await incidents()).map(({ ruleId }) => ruleId).sort()).toEqual(['similar-errors', 'strict']);
    expect(messages()).toHaveLength(1);
  });
});
