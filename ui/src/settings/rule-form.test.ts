import { describe, expect, it } from 'vitest';
import type { RuleFieldView } from '#contracts/routes/rules';
import { type RuleDraft, ruleDraftSchema } from '#contracts/rule';
import { DEFAULT_RULES } from '#domain/rule/default-rules';
import { RULE_FIELDS, type RuleField, type RuleKind } from '#domain/rule/rule-fields';
import { draftOf, formOf, limitsOf, readForm } from './rule-form.ts';

const fieldsOf = (kind: RuleKind): RuleFieldView[] =>
  Object.entries(RULE_FIELDS[kind] as Readonly<Record<string, RuleField>>).map(([name, field]) => ({
    name,
    ...field,
    multipleOf: field.multipleOf ?? null,
  }));

describe('the form of a rule', () => {
  it.each(DEFAULT_RULES)('gives $id back as it was', (rule) => {
    const fields = fieldsOf(rule.kind);
    const { draft, problems } = readForm(rule, formOf(draftOf(rule), fields), fields);
    expect(problems).toEqual({});
    expect(draft).toEqual(draftOf(rule));
    expect(ruleDraftSchema.parse(draft)).toEqual(draft);
  });

  it('reads what was typed: shares as percent, a comma in a number, comma-separated names', () => {
    const fields = fieldsOf('error_share');
    const form = formOf({}, fields);
    expect(form.numbers.minShare).toBe('5');
    Object.assign(form, { name: ' Mine ', notify: 'digest', channels: ['console', 'env-slack'] });
    Object.assign(form.numbers, { minShare: '0,7', factor: '2.5', windowMinutes: ' 90 ' });
    form.where.agents = 'desk,, clerk , desk';
    form.where.decisions = 'not asked for';
    const { draft } = readForm({ kind: 'error_share', enabled: true }, form, fields);
    expect(draft).toMatchObject({
      name: 'Mine',
      notify: 'digest',
      channels: ['console', 'env-slack'],
      where: { agents: ['desk', 'clerk'] },
      minShare: 0.007,
      factor: 2.5,
      windowMinutes: 90,
    });
    expect(draft?.where).not.toHaveProperty('decisions');
    expect(ruleDraftSchema.safeParse(draft).success).toBe(true);
  });

  it.each([
    ['', 'empty'],
    ['0', 'too small'],
    ['100000', 'too large'],
    ['61', 'no step of five'],
    ['1e2', 'no plain number'],
    ['-60', 'negative'],
  ])('says what is wrong with %j: %s', (typed) => {
    const fields = fieldsOf('error_share');
    const form = { ...formOf({ name: 'x' } as Partial<RuleDraft>, fields) };
    form.numbers.windowMinutes = typed;
    const { draft, problems } = readForm({ kind: 'error_share', enabled: true }, form, fields);
    expect(draft).toBeNull();
    expect(problems).toEqual({ windowMinutes: 'From 10 minutes to 1 day, in steps of 5.' });
  });

  it('may leave out what the rule computes itself, and needs a name', () => {
    const fields = fieldsOf('similar_errors');
    const form = formOf({}, fields);
    expect(form.numbers.recoverBelow).toBe('');
    expect(readForm({ kind: 'similar_errors', enabled: true }, form, fields).problems).toEqual({
      name: 'A rule needs a name.',
    });
  });

  it('names limits in the units of the form', () => {
    const share = fieldsOf('error_share').find(({ name }) => name === 'minShare') as RuleFieldView;
    expect(limitsOf(share)).toBe('0.1 to 100');
  });
});
