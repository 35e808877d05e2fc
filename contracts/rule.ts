// A rule: what is worth a notification. Rules are data: one shape per kind, its numbers from rule-fields.ts.
import { z } from 'zod';
import { RULE_FIELDS, type RuleField, type RuleKind } from '#domain/rule/rule-fields';

const name = z.string().trim().min(1).max(200);
const names = z.array(name).min(1).max(50);

/** What a rule applies to; a field that is left out does not narrow it. */
const ruleScopeSchema = z.strictObject({
  agents: names.optional(),
  services: names.optional(),
  errorTypes: names.optional(),
  decisions: names.optional(),
});

export const ruleIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'small letters, digits, - and _, at most 64');

const common = {
  name: z.string().trim().min(1).max(100),
  enabled: z.boolean().default(true),
  where: ruleScopeSchema.default({}),
  /** Ids of channels, or the default ones. */
  channels: z.union([z.literal('default'), z.array(z.string().min(1).max(100)).min(1).max(20)]).default('default'),
  /** page: notify at once; digest: left for the daily mail. */
  notify: z.enum(['page', 'digest']).default('page'),
};

type Numbers<F> = {
  [K in keyof F]: F[K] extends { default: null } ? z.ZodDefault<z.ZodNullable<z.ZodNumber>> : z.ZodDefault<z.ZodNumber>;
};

function numbers<F extends Readonly<Record<string, RuleField>>>(fields: F): Numbers<F> {
  const shapes = Object.entries(fields).map(([key, field]) => {
    const plain = z.number().min(field.min).max(field.max);
    const shape = field.multipleOf === undefined ? plain : plain.multipleOf(field.multipleOf);
    return [key, field.default === null ? shape.nullable().default(null) : shape.default(field.default)];
  });
  return Object.fromEntries(shapes) as Numbers<F>;
}

const draft = <K extends RuleKind>(kind: K) =>
  z.strictObject({ kind: z.literal(kind), ...common, ...numbers<(typeof RULE_FIELDS)[K]>(RULE_FIELDS[kind]) });
const kept = <K extends RuleKind>(kind: K) => draft(kind).extend({ id: ruleIdSchema });

/** A rule as it is submitted, before it has an id. */
export const ruleDraftSchema = z.discriminatedUnion('kind', [
  draft('similar_errors'),
  draft('new_pattern'),
  draft('regression'),
  draft('error_share'),
  draft('low_confidence'),
  draft('escalation_rate'),
  draft('stalled_runs'),
  draft('schema_drift'),
  draft('cost'),
  draft('latency'),
  draft('dead_letters'),
  draft('circuit_open'),
]);
export type RuleDraft = z.infer<typeof ruleDraftSchema>;

/** A rule as it is stored. Defaults fill in fields that an older version did not know. */
export const ruleSchema = z.discriminatedUnion('kind', [
  kept('similar_errors'),
  kept('new_pattern'),
  kept('regression'),
  kept('error_share'),
  kept('low_confidence'),
  kept('escalation_rate'),
  kept('stalled_runs'),
  kept('schema_drift'),
  kept('cost'),
  kept('latency'),
  kept('dead_letters'),
  kept('circuit_open'),
]);
export type Rule = z.infer<typeof ruleSchema>;
export type RuleOf<K extends RuleKind> = Extract<Rule, { kind: K }>;

/** How rules are stored (storage/settings.ts). */
export const RULES = { kind: 'rule', shape: ruleSchema } as const;
