// The rules that work unconfigured, and how they go together with what people set. Pure.
import type { Rule, RuleDraft } from '#contracts/rule';
import { RULE_FIELDS, type RuleKind } from './rule-fields.ts';

/** As the contract fills it in (rule.test.ts holds the two together). */
function rule(kind: RuleKind, name: string, notify: RuleDraft['notify'] = 'page'): Rule {
  const common = { kind, id: kind.replaceAll('_', '-'), name, enabled: true, where: {}, channels: 'default', notify };
  const numbers = Object.entries(RULE_FIELDS[kind]).map(([key, field]) => [key, field.default]);
  return { ...common, ...Object.fromEntries(numbers) } as Rule;
}

/** Every kind once, with its default numbers. Ids never change: settings are stored under them. */
export const DEFAULT_RULES: readonly Rule[] = [
  rule('similar_errors', 'Similar errors'),
  rule('new_pattern', 'New error pattern'),
  rule('regression', 'Resolved pattern is back'),
  rule('error_share', 'Too many failed runs'),
  rule('stalled_runs', 'Lost runs'),
  rule('dead_letters', 'Dead letters'),
  rule('circuit_open', 'Circuit open'),
  rule('low_confidence', 'Unsure decisions'),
  rule('escalation_rate', 'Too many escalations'),
  rule('cost', 'Unusual cost'),
  rule('latency', 'Slow runs', 'digest'),
  rule('schema_drift', 'Changed answers', 'digest'),
];

const BY_ID = new Map(DEFAULT_RULES.map((known) => [known.id, known]));

export const defaultRule = (id: string): Rule | null => BY_ID.get(id) ?? null;

/** The rules in effect: the defaults, each replaced by what was set under its id, then custom rules, by id. */
export function withDefaults(stored: readonly Rule[]): Rule[] {
  const set = new Map(stored.map((known) => [known.id, known]));
  const own = stored.filter(({ id }) => !BY_ID.has(id));
  return [...DEFAULT_RULES.map((known) => set.get(known.id) ?? known), ...own.sort((a, b) => (a.id < b.id ? -1 : 1))];
}
