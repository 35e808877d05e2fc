import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES, defaultRule, withDefaults } from '#domain/rule/default-rules';
import { describeRule, recoverBelowOf } from '#domain/rule/describe-rule';
import { RULE_FIELDS, RULE_KINDS, type RuleField, type RuleKind } from '#domain/rule/rule-fields';
import { type Rule, ruleDraftSchema, ruleSchema } from './rule.ts';

const similar = defaultRule('similar-errors') as Extract<Rule, { kind: 'similar_errors' }>;

describe('the default rules', () => {
  it('are one of each kind, with ids of their own, all on', () => {
    expect(DEFAULT_RULES.map(({ kind }) => kind).sort()).toEqual([...RULE_KINDS].sort());
    expect(new Set(DEFAULT_RULES.map(({ id }) => id)).size).toBe(DEFAULT_RULES.length);
    expect(DEFAULT_RULES.every(({ enabled }) => enabled)).toBe(true);
  });

  it('are as the contract fills in what nobody set', () => {
    for (const { kind, id, name, notify, ...rest } of DEFAULT_RULES)
      expect({ kind, id, name, notify, ...rest }).toEqual(ruleSchema.parse({ kind, id, name, notify }));
  });

  it('begin with ten similar errors in thirty minutes', () => {
    expect(similar).toEqual({
      id: 'similar-errors',
      kind: 'similar_errors',
      name: 'Similar errors',
      enabled: true,
      where: {},
      channels: 'default',
      notify: 'page',
      threshold: 10,
      windowMinutes: 30,
      minTraces: 3,
      baselineFactor: 3,
      recoverBelow: null,
      recoverAfterMinutes: 15,
    });
    expect(recoverBelowOf(similar)).toBe(5);
  });

  it('hold as far as nothing else was set under their ids, and own rules come after them', () => {
    const quieter = { ...similar, threshold: 20 };
    const own = { ...similar, id: 'own' };
    const rules = withDefaults([own, quieter]);
    expect(rules.map(({ id }) => id)).toEqual([...DEFAULT_RULES.map(({ id }) => id), 'own']);
    expect(rules[0]).toBe(quieter);
    expect(withDefaults([])).toEqual(DEFAULT_RULES);
  });
});

const fieldsOf = (kind: RuleKind): [string, RuleField][] => Object.entries(RULE_FIELDS[kind]);
const draft = (kind: RuleKind, over: Readonly<Record<string, unknown>> = {}) => ({ kind, name: 'A rule', ...over });

describe.each(RULE_KINDS)('a rule of kind %s', (kind) => {
  it('needs only a name', () => {
    const parsed = ruleDraftSchema.parse(draft(kind)) as Record<string, unknown>;
    for (const [key, field] of fieldsOf(kind)) expect(parsed[key]).toBe(field.default);
  });

  it('takes its limits, and nothing beyond them', () => {
    for (const [key, { min, max }] of fieldsOf(kind)) {
      for (const within of [min, max])
        expect(ruleDraftSchema.safeParse(draft(kind, { [key]: within })).success).toBe(true);
      for (const beyond of [min - 1, max + 1, '3', Number.NaN]) {
        expect(ruleDraftSchema.safeParse(draft(kind, { [key]: beyond })).success, `${key} ${beyond}`).toBe(false);
      }
    }
  });

  it('refuses what it does not know', () => {
    expect(ruleDraftSchema.safeParse(draft(kind, { treshold: 3 })).success).toBe(false);
    expect(ruleDraftSchema.safeParse(draft(kind, { where: { agent: ['a'] } })).success).toBe(false);
    expect(ruleSchema.safeParse(draft(kind, { id: 'No Id' })).success).toBe(false);
  });

  it('is described in whole sentences', () => {
    const rule = ruleDraftSchema.parse(draft(kind, { where: { agents: ['desk', 'clerk'], services: ['shop'] } }));
    expect(describeRule(rule)).toMatch(/^[A-Z0-9].*\. Only agents desk or clerk, and service shop\./);
    expect(describeRule(rule)).not.toMatch(/undefined|NaN|null|\b1 (runs|errors|hours|days|minutes)\b/);
  });
});

it('a recovery count above the threshold counts as the threshold', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 1000 }), fc.integer({ min: 1, max: 1000 }), (threshold, recoverBelow) => {
      const below = recoverBelowOf({ threshold, recoverBelow });
      expect(below).toBeGreaterThan(0);
      expect(below).toBeLessThanOrEqual(threshold);
    }),
  );
});
