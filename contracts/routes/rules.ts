// Alert rules: which hold, what they mean, who changed them.
import { z } from 'zod';
import { FIELD_UNITS, RULE_KINDS } from '#domain/rule/rule-fields';
import { contract, nothing } from '../contract.ts';
import { ENDPOINTS } from '../paths.ts';
import { ruleDraftSchema, ruleIdSchema, ruleSchema } from '../rule.ts';

const ruleViewSchema = z.object({
  rule: ruleSchema,
  /** The rule in plain words. */
  words: z.string(),
  /** A default rule can be changed, switched off and restored, never deleted. */
  isDefault: z.boolean(),
  /** A default rule that was changed. */
  isChanged: z.boolean(),
  /** ISO 8601, UTC; null = nobody ever changed it. */
  changedAt: z.string().nullable(),
  changedBy: z.string().nullable(),
  /** Why the last evaluation of the rule failed; null = it did not, or the rule is off. */
  failure: z
    .object({
      /** The first of the consecutive ticks at which it failed. ISO 8601, UTC. */
      since: z.string(),
      because: z.string(),
      /** What to do. */
      hint: z.string(),
    })
    .nullable(),
});
export type RuleView = z.infer<typeof ruleViewSchema>;

const fieldSchema = z.object({
  name: z.string(),
  label: z.string(),
  help: z.string(),
  unit: z.enum(FIELD_UNITS),
  min: z.number(),
  max: z.number(),
  /** null = the rule works it out from its other numbers. */
  default: z.number().nullable(),
  multipleOf: z.number().nullable(),
});
export type RuleFieldView = z.infer<typeof fieldSchema>;

const kindSchema = z.object({ kind: z.enum(RULE_KINDS), name: z.string(), fields: z.array(fieldSchema) });
export type RuleKindView = z.infer<typeof kindSchema>;

const ruleListSchema = z.object({ rules: z.array(ruleViewSchema), kinds: z.array(kindSchema) });
export type RuleList = z.infer<typeof ruleListSchema>;

const ruleHistorySchema = z.object({
  changes: z.array(
    z.object({
      at: z.string(),
      by: z.string(),
      /** What held from then on; null = deleted, or the default restored. */
      rule: ruleSchema.nullable(),
      words: z.string().nullable(),
    }),
  ),
});
export type RuleHistory = z.infer<typeof ruleHistorySchema>;

const ruleTrialSchema = z.object({
  from: z.string(),
  to: z.string(),
  /** How often it would have fired. */
  firedCount: z.number(),
  /** The newest of them, at most 20. */
  fired: z.array(
    z.object({
      subject: z.string(),
      title: z.string(),
      /** The numbers behind it, in a sentence. */
      words: z.string(),
      openedAt: z.string(),
      /** null = it would still be firing. */
      resolvedAt: z.string().nullable(),
      exampleTraceIds: z.array(z.string()),
    }),
  ),
  /** What was high at some time but has no baseline yet: it does not fire. At most 20. */
  noBaseline: z.array(z.string()),
});
export type RuleTrial = z.infer<typeof ruleTrialSchema>;

const params = z.object({ id: ruleIdSchema });
const byQuery = z.strictObject({
  by: z.string().trim().min(1).max(100).default('someone').describe('Who changes it, for the history'),
});

export const RULE_ROUTES = {
  listRules: contract({
    ...ENDPOINTS.listRules,
    summary: 'Every alert rule, switched off ones too, and the numbers each kind takes',
    params: nothing,
    query: nothing,
    reply: ruleListSchema,
    errors: [],
  }),
  getRule: contract({
    ...ENDPOINTS.getRule,
    summary: 'One alert rule',
    params,
    query: nothing,
    reply: ruleViewSchema,
    errors: ['rule_not_found'],
  }),
  createRule: contract({
    ...ENDPOINTS.createRule,
    summary: 'A new alert rule; it holds from the next minute on',
    params: nothing,
    query: byQuery,
    body: ruleDraftSchema,
    reply: ruleViewSchema,
    errors: ['too_many_rules'],
  }),
  changeRule: contract({
    ...ENDPOINTS.changeRule,
    summary: 'Changes a rule, or switches it on or off; its kind stays',
    params,
    query: byQuery,
    body: ruleDraftSchema,
    reply: ruleViewSchema,
    errors: ['rule_not_found'],
  }),
  deleteRule: contract({
    ...ENDPOINTS.deleteRule,
    summary: 'Deletes a rule; a default rule is restored instead',
    params,
    query: byQuery,
    reply: z.object({
      /** The default that holds again; null = the rule is gone. */
      restored: ruleViewSchema.nullable(),
    }),
    errors: ['rule_not_found'],
  }),
  tryRule: contract({
    ...ENDPOINTS.tryRule,
    summary: 'When a rule would have fired on stored data, evaluated as the detector does; nothing is saved',
    params: nothing,
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(28).default(7) }),
    body: ruleDraftSchema,
    reply: ruleTrialSchema,
    errors: [],
  }),
  getRuleHistory: contract({
    ...ENDPOINTS.getRuleHistory,
    summary: 'Who changed a rule, and into what, newest first, at most 100; also of a deleted one',
    params,
    query: nothing,
    reply: ruleHistorySchema,
    errors: ['rule_not_found'],
  }),
} as const;
