// Rules over real HTTP and a real engine: defaults, changes, history, refusals.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuleHistory, RuleList, RuleView } from '#contracts/routes/rules';
import { DEFAULT_RULES } from '#domain/rule/default-rules';
import { appendJournal } from '#storage/journal';
import { startTestApi, type TestApi } from '../test/support/query-api.ts';
import { NOW_MS } from '../test/support/span-rows.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

async function send<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(api.url + path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}
const list = async () => (await send<RuleList>('GET', '/api/rules')).body;
const draftOf = ({ rule: { id: _, ...draft } }: RuleView) => draft;

describe('the rules', () => {
  it('are the default ones at first, in words, with the numbers of each kind', async () => {
    const { rules, kinds } = await list();
    expect(rules.map(({ rule }) => rule)).toEqual(DEFAULT_RULES);
    expect(rules.every(({ isDefault, isChanged, changedAt }) => isDefault && !isChanged && changedAt === null)).toBe(
      true,
    );
    expect(rules[0]?.words).toContain('10 similar errors within 30 minutes');
    const fields = kinds.find(({ kind }) => kind === 'similar_errors')?.fields;
    expect(fields?.find(({ name }) => name === 'threshold')).toMatchObject({
      min: 2,
      max: 10_000,
      default: 10,
      unit: 'count',
    });
  });

  it('are changed, with who and when, and restored', async () => {
    const before = (await send<RuleView>('GET', '/api/rules/similar-errors')).body;
    const changed = await send<RuleView>('PUT', '/api/rules/similar-errors?by=Ann', {
      ...draftOf(before),
      threshold: 50,
      enabled: false,
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ isDefault: true, isChanged: true, changedBy: 'Ann', rule: { threshold: 50 } });
    const restored = await send<{ restored: RuleView }>('DELETE', '/api/rules/similar-errors?by=Bob');
    expect(restored.body.restored).toMatchObject({ isChanged: false, rule: { threshold: 10, enabled: true } });
    const { changes } = (await send<RuleHistory>('GET', '/api/rules/similar-errors/history')).body;
    expect(changes.map(({ by, rule }) => [by, rule !== null])).toEqual([
      ['Bob', false],
      ['Ann', true],
    ]);
    expect(changes[1]?.words).toContain('50 similar errors');
  });

  it('are added under an id of their own, listed after the default ones, and deleted; the history stays', async () => {
    const rule = { kind: 'cost', name: 'Costs of the "desk"', where: { agents: ['desk'] } };
    const added = await send<RuleView>('POST', '/api/rules?by=Ann', rule);
    expect(added.status).toBe(200);
    expect(added.body.rule).toMatchObject({ ...rule, factor: 3, channels: 'default' });
    expect(added.body.rule.id).toMatch(/^costs-of-the-desk-[0-9a-f]{8}$/);
    const again = await send<RuleView>('POST', '/api/rules', { ...rule, name: '値段' });
    expect(again.body.rule.id).toMatch(/^rule-/);
    expect((await list()).rules.slice(DEFAULT_RULES.length).map(({ rule: { id } }) => id)).toEqual(
      [added.body.rule.id, again.body.rule.id].sort(),
    );
    for (const { rule: own } of [added.body, again.body]) {
      expect((await send('DELETE', `/api/rules/${own.id}`)).body).toEqual({ restored: null });
    }
    expect((await list()).rules).toHaveLength(DEFAULT_RULES.length);
    expect((await send('GET', `/api/rules/${added.body.rule.id}`)).status).toBe(404);
    expect((await send<RuleHistory>('GET', `/api/rules/${added.body.rule.id}/history`)).body.changes).toHaveLength(2);
  });
});

it('a rule is tried on what is stored before it is kept', async () => {
  const rule = { kind: 'dead_letters', name: 'x' };
  const trial = await send('POST', '/api/rules/try?days=2', rule);
  expect(trial).toMatchObject({ status: 200, body: { to: '2026-11-20T12:00:00.000Z', firedCount: 0, fired: [] } });
  expect((await send('POST', '/api/rules/try?days=99', rule)).status).toBe(400);
  expect((await list()).rules).toHaveLength(DEFAULT_RULES.length);
});

describe('a rule whose evaluation failed', () => {
  const MINUTE = 60_000;
  const tick = (minutesAgo: number, failed: readonly string[], error: string | null = null) => {
    const toMs = NOW_MS - minutesAgo * MINUTE;
    const failedRules = failed.map((ruleId) => ({ ruleId, error: `busy ${minutesAgo} minutes ago` }));
    const evaluation = { fromMs: null, toMs, errors: 0, tookMs: 1, error, failedRules };
    return appendJournal(api.db, 'default', toMs, [{ kind: 'evaluation', evaluation }]);
  };
  const failures = async () =>
    Object.fromEntries(
      (await list()).rules.flatMap(({ rule, failure }) => (failure === null ? [] : [[rule.id, failure]])),
    );
  const since = (minutesAgo: number) => new Date(NOW_MS - minutesAgo * MINUTE).toISOString();

  it('says since when and why, until a tick has evaluated it', async () => {
    expect(await failures()).toEqual({});
    await tick(3000, ['cost']);
    await tick(90, []);
    await tick(9, ['cost', 'dead-letters']);
    await tick(8, ['cost']);
    // Nothing was evaluated, which says nothing about single rules.
    await tick(7, [], 'storage did not answer');
    expect(await failures()).toEqual({
      cost: { since: since(9), because: 'busy 8 minutes ago', hint: expect.stringContaining('narrow the rule') },
    });
    await tick(6, ['dead-letters', 'cost', 'of-a-rule-that-is-gone']);
    expect(await failures()).toMatchObject({
      cost: { since: since(9), because: 'busy 6 minutes ago' },
      'dead-letters': { since: since(6), because: 'busy 6 minutes ago' },
    });
    const { rule } = (await send<RuleView>('GET', '/api/rules/cost')).body;
    const { id: _, ...draft } = rule;
    const off = await send<RuleView>('PUT', '/api/rules/cost', { ...draft, enabled: false });
    expect(off.body.failure).toBeNull();
    await send('DELETE', '/api/rules/cost');
    await tick(5, []);
    expect(await failures()).toEqual({});
  });

  it('is not reported by a tick that failed as a whole: the detector itself is in trouble then', async () => {
    await tick(4, ['cost'], 'broken');
    expect(await failures()).toEqual({});
  });
});

describe('a rule is refused', () => {
  const refused = async (method: string, path: string, body: unknown) =>
    (await send<{ error: { code: string; message: string } }>(method, path, body)).body.error;

  it.each([
    ['a number beyond its limit', { kind: 'cost', name: 'x', factor: 1000 }, 'factor'],
    [
      'a window that is no multiple of five minutes',
      { kind: 'error_share', name: 'x', windowMinutes: 61 },
      'windowMinutes',
    ],
    ['a number it does not take', { kind: 'cost', name: 'x', treshold: 3 }, 'treshold'],
    ['no name', { kind: 'cost', name: '  ' }, 'name'],
    ['a kind that does not exist', { kind: 'weather', name: 'x' }, 'kind'],
    ['nothing at all', undefined, 'body'],
  ])('for %s', async (_why, body, named) => {
    const error = await refused('POST', '/api/rules', body);
    expect(error.code).toBe('bad_request');
    expect(error.message).toContain(named);
  });

  it('when it would change the kind of another, or names none that exists', async () => {
    const error = await refused('PUT', '/api/rules/similar-errors', { kind: 'cost', name: 'x' });
    expect(error).toMatchObject({ code: 'bad_request', message: expect.stringContaining('similar_errors') });
    expect((await refused('PUT', '/api/rules/none', { kind: 'cost', name: 'x' })).code).toBe('rule_not_found');
    expect((await refused('DELETE', '/api/rules/none', undefined)).code).toBe('rule_not_found');
    expect((await refused('GET', '/api/rules/none/history', undefined)).code).toBe('rule_not_found');
  });
});
