import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '#domain/rule/default-rules';
import type { Level, Measured } from '../evaluate/measured.ts';
import { applyMeasured } from './apply-measured.ts';
import { openIncidentSet } from './incident-set.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-02T12:00:00.000Z');

const measured = (level: Level, minute: number, fields: Partial<Measured> = {}): Measured => ({
  ruleId: 'cost',
  ruleName: 'Unusual cost',
  kind: 'cost',
  subject: 'desk',
  atMs: NOON + minute * MINUTE,
  level,
  recoverAfterMs: 15 * MINUTE,
  facts: {
    title: level === 'high' ? 'desk costs 4 $ an hour, usually 1 $' : '',
    agent: 'desk',
    agents: ['desk'],
    versions: [],
    tools: [],
    models: ['gpt-5'],
    step: '',
    errorType: '',
    message: '',
    count: level === 'high' ? 40 : 0,
    traces: level === 'high' ? 40 : 0,
    windowMinutes: 60,
    firstSeenMs: NOON,
    lastSeenMs: NOON,
    exampleTraceIds: ['a', 'b'],
    evidence: { value: 4, limit: 3, baseline: 1, unit: 'usd', words: 'Four against one.' },
  },
  ...fields,
});
const play = (all: readonly Measured[], incidentSet = openIncidentSet([]), rules = DEFAULT_RULES, nowMs = NOON) => {
  applyMeasured('p', incidentSet, all, rules, nowMs, {
    onFailed: (_, error) => {
      throw error;
    },
    isRule: () => false,
  });
  return incidentSet;
};

describe('what is measured', () => {
  it('is one incident while it is high, and over when it has been low for long enough', () => {
    const incidentSet = play([measured('high', 0), measured('high', 1), measured('middle', 2), measured('low', 3)]);
    expect(incidentSet.all()).toMatchObject([
      { kind: 'cost', status: 'recovering', subject: 'desk', fingerprint: null, count: 40, models: ['gpt-5'] },
    ]);
    expect(incidentSet.all()[0]?.title).toBe('desk costs 4 $ an hour, usually 1 $');
    play([measured('low', 18)], incidentSet);
    expect(incidentSet.all()).toMatchObject([{ status: 'resolved', resolvedAt: '2026-03-02T12:18:00.000Z' }]);
    expect(incidentSet.transitions().map(({ what }) => what)).toEqual(['opened', 'recovering', 'resolved']);
  });

  it('is another incident for another subject or rule', () => {
    const other = [measured('high', 0, { subject: 'other' }), measured('high', 0, { ruleId: 'my-cost' })];
    const mine = { ...(DEFAULT_RULES[0] as (typeof DEFAULT_RULES)[number]), id: 'my-cost' };
    const incidentSet = play([measured('high', 0), ...other], openIncidentSet([]), [...DEFAULT_RULES, mine]);
    expect(new Set(incidentSet.all().map(({ id }) => id)).size).toBe(3);
  });

  it('is left to the digest, or notified on its own channels, as its rule says', () => {
    const rules = DEFAULT_RULES.map((rule) =>
      rule.id === 'cost' ? { ...rule, notify: 'digest' as const, channels: ['ops'] } : rule,
    );
    expect(play([measured('high', 0)], openIncidentSet([]), rules).all()[0]?.memory).toMatchObject({
      isQuiet: true,
      channels: ['ops'],
    });
  });

  it('ends when its rule is switched off', () => {
    const incidentSet = play([measured('high', 0)]);
    play([], incidentSet, [], NOON + 5 * MINUTE);
    expect(incidentSet.all()).toMatchObject([{ status: 'resolved', resolvedAt: '2026-03-02T12:05:00.000Z' }]);
  });
});
