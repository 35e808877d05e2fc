// Answers about alert rules.
import { randomUUID } from 'node:crypto';
import { API } from '#contracts/api';
import type { RuleKindView, RuleTrial, RuleView } from '#contracts/routes/rules';
import { RULES, type Rule, type RuleDraft } from '#contracts/rule';
import { headOf } from '#domain/clip';
import { TelltaleError } from '#domain/errors';
import { DEFAULT_RULES, defaultRule, withDefaults } from '#domain/rule/default-rules';
import { describeRule } from '#domain/rule/describe-rule';
import { RULE_FIELDS, RULE_KINDS, type RuleField } from '#domain/rule/rule-fields';
import type { Database } from '#storage/database';
import { type FailedRule, readFailedRules } from '#storage/read-failed-rules';
import { isSet, putSettings, readHistory, readSettings, type Setting } from '#storage/settings';
import { type Route, route } from './route.ts';

/** Each costs some milliseconds a minute. */
const MAX_OWN_RULES = 200;

export interface RuleDeps {
  readonly db: Database;
  readonly projectId: string;
  /** ms since 1970 */
  now(): number;
  /** When a rule would have fired on what is stored. */
  tryRule(rule: RuleDraft, days: number): Promise<RuleTrial>;
}

export function ruleRoutes({ db, projectId, now, tryRule }: RuleDeps): Route[] {
  const put = (id: string, value: Rule | null, by: string) =>
    putSettings(db, projectId, [{ of: RULES, id, value }], by, now());
  const find = async (id: string): Promise<{ rule: Rule; set: Setting<Rule> | null }> => {
    // Of a default rule that was changed and does not read any more, the default holds.
    const set = (await readSettings(db, projectId, RULES)).find((one) => one.id === id) ?? null;
    const rule = set?.value ?? defaultRule(id);
    if (rule === null) throw new TelltaleError('rule_not_found', `There is no rule ${id}.`);
    return { rule, set };
  };
  const viewOf = async (id: string): Promise<RuleView> => {
    const { rule, set } = await find(id);
    return view(rule, set, await readFailedRules(db, projectId, now()));
  };
  return [
    route(API.listRules, async () => {
      const set = await readSettings(db, projectId, RULES);
      const byId = new Map(set.map((setting) => [setting.id, setting]));
      const rules = withDefaults(set.map(({ value }) => value));
      const failed = await readFailedRules(db, projectId, now());
      return { rules: rules.map((rule) => view(rule, byId.get(rule.id) ?? null, failed)), kinds: KINDS };
    }),
    route(API.getRule, ({ id }) => viewOf(id)),
    route(API.createRule, async (_params, { by }, draft) => {
      const set = await readSettings(db, projectId, RULES);
      if (set.filter(({ id }) => defaultRule(id) === null).length >= MAX_OWN_RULES) {
        throw new TelltaleError('too_many_rules', `There are ${MAX_OWN_RULES} rules besides the default ones already.`);
      }
      const id = newId(draft.name);
      await put(id, { ...draft, id }, by);
      return viewOf(id);
    }),
    route(API.changeRule, async ({ id }, { by }, draft) => {
      const { rule } = await find(id);
      if (rule.kind !== draft.kind) {
        throw new TelltaleError('bad_request', `body.kind: the rule ${id} is of kind ${rule.kind}, and stays so`, {
          hint: 'Make a new rule for another kind, and switch this one off.',
        });
      }
      await put(id, { ...draft, id }, by);
      return viewOf(id);
    }),
    route(API.deleteRule, async ({ id }, { by }) => {
      // One that does not read can be taken away all the same.
      if (!(await isSet(db, projectId, RULES, id))) await find(id);
      await put(id, null, by);
      return { restored: defaultRule(id) === null ? null : await viewOf(id) };
    }),
    route(API.tryRule, (_params, { days }, rule) => tryRule(rule, days)),
    route(API.getRuleHistory, async ({ id }) => {
      const changes = await readHistory(db, projectId, RULES, id);
      if (changes.length === 0) await find(id);
      return {
        changes: changes.map(({ changedAt, changedBy, isDeleted, value }) => ({
          at: changedAt,
          by: changedBy,
          rule: value,
          words: value !== null ? describeRule(value) : isDeleted ? null : 'What was set cannot be read.',
        })),
      };
    }),
  ];
}

const HINT =
  'It is tried again each minute, and makes up for a day. If it stays so, narrow the rule to fewer agents or a shorter time, and see the log of Telltale and the state of storage.';

function view(rule: Rule, set: Setting<Rule> | null, failed: readonly FailedRule[]): RuleView {
  const isDefault = defaultRule(rule.id) !== null;
  const failure = rule.enabled ? failed.find(({ ruleId }) => ruleId === rule.id) : undefined;
  return {
    rule,
    words: describeRule(rule),
    isDefault,
    isChanged: isDefault && set !== null,
    changedAt: set?.changedAt ?? null,
    changedBy: set?.changedBy ?? null,
    failure:
      failure === undefined
        ? null
        : { since: new Date(failure.sinceMs).toISOString(), because: headOf(failure.error, 500), hint: HINT },
  };
}

/** The numbers of each kind, for whoever builds a form. The names are those of the default rules. */
const KINDS: RuleKindView[] = RULE_KINDS.map((kind) => ({
  kind,
  name: DEFAULT_RULES.find((rule) => rule.kind === kind)?.name ?? kind,
  fields: Object.entries(RULE_FIELDS[kind] as Readonly<Record<string, RuleField>>).map(([name, field]) => ({
    name,
    ...field,
    multipleOf: field.multipleOf ?? null,
  })),
}));

/** Speaks in the address and in the history, and is never used again. */
function newId(name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 48);
  return `${slug === '' ? 'rule' : slug}-${randomUUID().slice(0, 8)}`;
}
