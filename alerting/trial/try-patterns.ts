// Tries a rule about error patterns on what is stored: the detector's own judgement, a day at a time, into a book that
// nobody keeps.
import type { Rule, RuleOf } from '#contracts/rule';
import { defaultRule } from '#domain/rule/default-rules';
import type { Database } from '#storage/database';
import type { StoredIncident } from '#storage/journal-shapes';
import { keepPatterns } from '../apply/apply-patterns.ts';
import { openBook } from '../apply/incident-set.ts';
import { readControls } from '../evaluate/controls.ts';
import { judgePatterns } from '../evaluate/judge-patterns.ts';
import { patternRules } from '../evaluate/rule.ts';

const DAY_MS = 24 * 3_600_000;

export type PatternRule = RuleOf<'similar_errors' | 'new_pattern' | 'regression'>;

/**
 * The incidents that the rule would have opened after `afterMs`, up to `toMs`. A new pattern, and one that is back, are
 * told from the others by the default rule of similar errors.
 * @param giveUp throws when it takes too long
 */
export async function tryPatterns(
  db: Database,
  projectId: string,
  rule: PatternRule,
  { afterMs, toMs }: { readonly afterMs: number; readonly toMs: number },
  giveUp: () => void,
): Promise<StoredIncident[]> {
  const similar = defaultRule('similar-errors') as RuleOf<'similar_errors'>;
  const tried: Rule[] = rule.kind === 'similar_errors' ? [rule] : [similar, rule];
  const rules = patternRules(tried.map((one) => ({ ...one, enabled: true })));
  const { aliases, solved } = await readControls(db, projectId);
  const book = openBook([]);
  for (let cursorMs = afterMs; cursorMs < toMs; cursorMs += DAY_MS) {
    giveUp();
    const nowMs = Math.min(toMs, cursorMs + DAY_MS);
    const incidents = book.all();
    const judged = await judgePatterns(db, projectId, {
      cursorMs,
      nowMs,
      rules,
      aliases,
      solved,
      incidents,
      isTrial: true,
    });
    const kept = await keepPatterns(db, projectId, book, judged.judgements, { aliases, isStubborn: false, nowMs });
    // A trial says what the rule would have done: it must not leave out what it could not judge.
    const [failed] = [...judged.failed, ...kept.failed];
    if (failed !== undefined) throw failed.error;
  }
  const isTried = ({ kind }: StoredIncident) => rule.kind === 'similar_errors' || kind === rule.kind;
  return book.all().filter((incident) => isTried(incident) && Date.parse(incident.openedAt) > afterMs);
}
