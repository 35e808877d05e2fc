// A rule as the form holds it. Pure.
import type { Rule, RuleDraft } from '#schema/rule';

/** What is sent to change a rule: everything but its id. */
export function draftOf(rule: Rule): RuleDraft {
  const { id: _, ...draft } = rule;
  return draft;
}
