// Tries a rule about error patterns on what is stored: the detector's own evaluation, a day at a time, into
// an incident set that is not stored.
import type { Rule, RuleOf } from '#contracts/rule';
import { defaultRule } from '#domain/rule/default-rules';
import type { StoredIncident } from '#storage/journal-shapes';
import { applyPatterns } from '../apply/apply-patterns.ts';
import { openIncidentSet } from '../apply/incident-set.ts';
import { readControls } from '../evaluate/controls.ts';
import { type JudgeDeps, judgePatterns } from '../evaluate/judge-patterns.ts';
import { patternRules } from '../evaluate/rule.ts';

const DAY_MS = 24 * 3_600_000;

export type PatternRule = RuleOf<'similar_errors' | 'new_pattern' | 'regression'>;

/**
 * The incidents that the rule would have opened after `afterMs`, up to `toMs`. A new pattern, and one that is back, are
 * distinguished from the others by the default rule of similar errors.
 * @param giveUp throws when it takes too long
 */
export async function tryPatterns(
  deps: JudgeDeps,
  rule: PatternRule,
  { afterMs, toMs }: { readonly afterMs: number; readonly toMs: number },
  giveUp: () => void,
): Promise<StoredIncident[]> {
  const similar = defaultRule('similar-errors') as RuleOf<'similar_errors'>;
  const tried: Rule[] = rule.kind === 'similar_errors' ? [rule] : [similar, rule];
  const rules = patternRules(tried.map((one) => ({ ...one, enabled: true })));
  const { aliases, solved } = await readControls(deps.db, deps.projectId);
  const incidentSet = openIncidentSet([]);
  for (let cursorMs = afterMs; cursorMs < toMs; cursorMs += DAY_MS) {
    giveUp();
    const nowMs = Math.min(toMs, cursorMs + DAY_MS);
    const incidents = incidentSet.all();
    const judged = await judgePatterns(deps, {
      cursorMs,
      nowMs,
      rules,
      aliases,
      solved,
      incidents,
      isTrial: true,
    });
    const kept = await applyPatterns(deps, incidentSet, judged.judgements, { aliases, isStubborn: false, nowMs });
    // A trial reports what the rule would have done: it must not leave out what it could not evaluate.
    const [failed] = [...judged.failed, ...kept.failed];
    if (failed !== undefined) throw failed.error;
  }
  const isTried = ({ kind }: StoredIncident) => rule.kind === 'similar_errors' || kind === rule.kind;
  return incidentSet.all().filter((incident) => isTried(incident) && Date.parse(incident.openedAt) > afterMs);
}
