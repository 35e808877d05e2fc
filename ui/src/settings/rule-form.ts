// A rule as the form holds it: text as typed, parsed back into a rule. Pure.
import type { RuleFieldView } from '#contracts/routes/rules';
import type { Rule, RuleDraft } from '#contracts/rule';
import { minutesWords } from './minutes-words.ts';

/** The body that changes a rule: everything but its id. */
export function draftOf(rule: Rule): RuleDraft {
  const { id: _, ...draft } = rule;
  return draft;
}

export const SCOPES = ['agents', 'services', 'errorTypes', 'decisions'] as const;
export type Scope = (typeof SCOPES)[number];
export const SCOPE_NAMES: Readonly<Record<Scope, string>> = {
  agents: 'Only agents',
  services: 'Only services',
  errorTypes: 'Only error types',
  decisions: 'Only decisions',
};

/** The scopes a kind of rule may be narrowed to. New and returning patterns are detected everywhere. */
export function scopesOf(kind: RuleDraft['kind']): readonly Scope[] {
  switch (kind) {
    case 'new_pattern':
    case 'regression':
      return [];
    case 'similar_errors':
    case 'error_share':
      return ['agents', 'services', 'errorTypes'];
    case 'low_confidence':
      return ['agents', 'services', 'decisions'];
    default:
      return ['agents', 'services'];
  }
}

export interface RuleForm {
  name: string;
  notify: RuleDraft['notify'];
  /** Ids; none = the default channels. */
  channels: string[];
  /** Comma-separated names; empty = all. */
  where: Record<Scope, string>;
  /** As typed, shares as percent. */
  numbers: Record<string, string>;
}

const shown = (field: Pick<RuleFieldView, 'unit'>, value: number): number =>
  field.unit === 'share' ? Math.round(value * 1e6) / 1e4 : value;
const stored = (field: Pick<RuleFieldView, 'unit'>, value: number): number =>
  field.unit === 'share' ? Math.round(value * 1e4) / 1e6 : value;

/** @param rule its numbers; where it has none, the defaults of the fields */
export function formOf(rule: Partial<RuleDraft>, fields: readonly RuleFieldView[]): RuleForm {
  const values = rule as Readonly<Record<string, unknown>>;
  const numbers = fields.map((field) => {
    const value = values[field.name] === undefined ? field.default : values[field.name];
    return [field.name, typeof value === 'number' ? String(shown(field, value)) : ''];
  });
  const where = rule.where ?? {};
  return {
    name: rule.name ?? '',
    notify: rule.notify ?? 'page',
    channels: rule.channels === undefined || rule.channels === 'default' ? [] : [...rule.channels],
    where: {
      agents: (where.agents ?? []).join(', '),
      services: (where.services ?? []).join(', '),
      errorTypes: (where.errorTypes ?? []).join(', '),
      decisions: (where.decisions ?? []).join(', '),
    },
    numbers: Object.fromEntries(numbers),
  };
}

/** The limits of a number in the unit of the form. */
export function limitsOf(field: RuleFieldView): string {
  const { unit, min, max, multipleOf } = field;
  const [low, high] = [shown(field, min), shown(field, max)];
  const span =
    unit === 'minutes'
      ? `${minutesWords(low)} to ${minutesWords(high)}`
      : `${low.toLocaleString('en-US')} to ${high.toLocaleString('en-US')}`;
  return multipleOf !== null && multipleOf > 1 ? `${span}, in steps of ${multipleOf}` : span;
}

export interface ReadForm {
  /** null while something is wrong. */
  readonly draft: RuleDraft | null;
  /** By the name of the field; `name` for the rule's own. */
  readonly problems: Readonly<Record<string, string>>;
}

/** The rule that the form describes. @param base what the form does not show: kind, on or off */
export function readForm(
  base: Pick<RuleDraft, 'kind' | 'enabled'>,
  form: RuleForm,
  fields: readonly RuleFieldView[],
): ReadForm {
  const problems: Record<string, string> = {};
  const name = form.name.trim();
  if (name === '') problems.name = 'A rule needs a name.';
  const numbers: Record<string, number | null> = {};
  for (const field of fields) {
    const value = readNumber(field, form.numbers[field.name] ?? '');
    if (value === undefined) problems[field.name] = `From ${limitsOf(field)}.`;
    else numbers[field.name] = value;
  }
  if (Object.keys(problems).length > 0) return { draft: null, problems };
  const where = Object.fromEntries(
    scopesOf(base.kind).flatMap((scope) => {
      const names = list(form.where[scope]);
      return names.length === 0 ? [] : [[scope, names]];
    }),
  );
  const channels = form.channels.length === 0 ? 'default' : [...form.channels];
  const common = { name, notify: form.notify, where, channels };
  // The API validates the shape; the fields of a kind come from there.
  return { draft: { kind: base.kind, enabled: base.enabled, ...common, ...numbers } as unknown as RuleDraft, problems };
}

/** undefined = not a number of this field. */
function readNumber(field: RuleFieldView, typed: string): number | null | undefined {
  const text = typed.trim().replace(',', '.');
  if (text === '') return field.default === null ? null : undefined;
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined;
  const value = stored(field, Number(text));
  if (value < field.min || value > field.max) return undefined;
  return field.multipleOf !== null && value % field.multipleOf !== 0 ? undefined : value;
}

const list = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
];
