import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErrorRow, insertErrors, traceIdOf } from '../test/support/error-rows.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { readErrorFacts } from './read-error-facts.ts';
import { readLearntSince, readTraits, readUsual } from './read-usual.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const NONE = new Map<string, string>();

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

let projects = 0;
async function projectWith(rows: readonly Omit<ErrorRow, 'projectId'>[]): Promise<string> {
  const projectId = `project-${++projects}`;
  await insertErrors(
    db,
    rows.map((row) => ({ projectId, ...row })),
  );
  return projectId;
}

describe('what the errors of a pattern have in common', () => {
  it('is read with five example runs, for many ranges at once', async () => {
    const project = await projectWith([
      ...[1, 2, 3, 4].map((trace) => ({ fingerprint: 'a', trace, endedMs: NOON + trace })),
      { fingerprint: 'a', trace: 4, span: 5, endedMs: NOON + 5 },
      { fingerprint: 'a', trace: 6, endedMs: NOON + 6 },
      { fingerprint: 'b', trace: 7, endedMs: NOON + 3 },
    ]);
    const facts = await readErrorFacts(
      db,
      project,
      [
        { fingerprint: 'a', fromMs: NOON + 1, toMs: NOON + 5 },
        { fingerprint: 'b', fromMs: NOON + 4, toMs: NOON + 9 },
        { fingerprint: 'a', fromMs: NOON + 6, toMs: NOON + 6 },
      ],
      NONE,
    );
    expect(facts[0]).toEqual({
      agent: 'support-agent',
      step: 'lookup_order',
      errorType: 'TimeoutError',
      message: 'order <num> timed out',
      count: 5,
      traces: 4,
      late: 0,
      skewed: 0,
      firstMs: NOON + 1,
      lastMs: NOON + 5,
      agents: ['support-agent'],
      versions: [],
      tools: ['lookup_order'],
      models: [],
      byProvider: {},
      byPeer: {},
      byModel: {},
      exampleTraceIds: [4, 3, 2, 1].map(traceIdOf),
    });
    expect(facts[1]).toBeNull();
    expect(facts[2]).toMatchObject({ count: 1, traces: 1, exampleTraceIds: [traceIdOf(6)] });
  });

  it('names who was hit and who was asked, most first, and keeps hostile names as they are', async () => {
    const row = (trace: number, fields: Partial<ErrorRow>) => ({ fingerprint: 'a', trace, endedMs: NOON, ...fields });
    const project = await projectWith([
      row(1, { version: '1.0.0', provider: 'openai', peer: 'api.openai.com', model: 'gpt-5' }),
      row(2, { version: '1.1.0', provider: 'openai', model: '__proto__' }),
      row(3, { version: '1.1.0', agent: 'other', endedMs: NOON + 3 * MINUTE, receivedMs: NOON }),
      row(4, { endedMs: NOON - MINUTE, receivedMs: NOON + 3 * 3_600_000 }),
    ]);
    const range = { fingerprint: 'a', fromMs: NOON - 5 * MINUTE, toMs: NOON + 5 * MINUTE };
    const [facts] = await readErrorFacts(db, project, [range], NONE);
    expect(facts).toMatchObject({
      count: 3,
      late: 1,
      skewed: 1,
      versions: ['1.1.0', '1.0.0'],
      byProvider: { openai: 2 },
      byPeer: { 'api.openai.com': 1 },
    });
    expect(facts?.agents).toEqual(['support-agent', 'other']);
    expect(Object.keys(facts?.byModel ?? {}).sort()).toEqual(['__proto__', 'gpt-5']);
  });
});

describe('what is usual', () => {
  it('is the median of the same half hour of the days that are known, of at least three', async () => {
    const project = await projectWith(
      [1, 2, 3, 4, 5].flatMap((day) =>
        Array.from({ length: day * 2 }, (_, i) => ({
          fingerprint: day % 2 === 0 ? 'a' : 'b',
          trace: day * 100 + i,
          endedMs: NOON - day * DAY - i * MINUTE,
        })).concat([{ fingerprint: 'a', trace: day * 100 + 99, endedMs: NOON - day * DAY - 31 * MINUTE }]),
      ),
    );
    const ask = async (knownDays: number, aliases: ReadonlyMap<string, string>) =>
      (
        await readUsual(db, project, [{ fingerprint: 'a', atMs: NOON }], 30 * MINUTE, NOON - knownDays * DAY, aliases)
      ).get('a')?.median;
    const merged = new Map([['b', 'a']]);
    expect(await ask(5, merged)).toBe(6);
    expect(await ask(5, NONE)).toBe(0);
    expect(await ask(4, NONE)).toBe(2);
    expect(await ask(2.9, merged)).toBeUndefined();
    expect(await ask(30, merged)).toBe(4);
  });

  it('knows since when a pattern is seen, and where', async () => {
    const project = await projectWith([
      { fingerprint: 'a', trace: 1, endedMs: NOON },
      { fingerprint: 'b', trace: 2, endedMs: NOON - DAY },
    ]);
    const traits = { version: 1, agent: 'support-agent', service: 'shop', errorType: 'TimeoutError' };
    expect(await readTraits(db, project, ['a', 'c'], NONE)).toEqual(new Map([['a', { firstMs: NOON, ...traits }]]));
    expect(await readTraits(db, project, ['a'], new Map([['b', 'a']]))).toEqual(
      new Map([['a', { firstMs: NOON - DAY, ...traits }]]),
    );
    expect(await readLearntSince(db, project, 1)).toBe(NOON - DAY);
    expect(await readLearntSince(db, 'nobody', 1)).toBeNull();
  });
});
