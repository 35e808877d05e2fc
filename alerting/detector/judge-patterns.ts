// Judges similar errors: reads what the judgement needs, from storage, and asks the pure `evaluate` for each pattern.
import { DEFAULT_RULES } from '#schema/default-rules';
import type { IncidentKind } from '#schema/incident';
import type { Rule as AnyRule, RuleOf } from '#schema/rule';
import type { Aliases } from '#storage/counted-errors';
import type { Database } from '#storage/database';
import { readLatestOf } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import { type ErrorPoint, readErrorTimes } from '#storage/read-errors';
import { type PatternTraits, readKnownSince, readLearntSince, readTraits, readUsual } from '#storage/read-usual';
import { lastOf, type Solved } from './episodes.ts';
import { evaluate, type Transition, type Usual } from './evaluate.ts';
import { FEWEST_BACK, firstFor, type PatternRules, type Rule, toBack, toFresh, toRule } from './rule.ts';
import { findMoment } from './sliding-window.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const USUAL_RULE = DEFAULT_RULES.find((rule) => rule.kind === 'similar_errors') as RuleOf<'similar_errors'>;

export interface JudgeInput {
  readonly cursorMs: number;
  readonly nowMs: number;
  readonly rules: PatternRules;
  readonly aliases: Aliases;
  /** Open incidents of patterns, and those resolved lately. */
  readonly incidents: readonly StoredIncident[];
  /** Patterns that somebody called solved, whether or not they had an incident. */
  readonly solved: ReadonlyMap<string, Solved>;
  /** A rule is tried on the past: what was told before does not count. */
  readonly isTrial?: boolean;
}

export interface PatternJudgement {
  readonly fingerprint: string;
  readonly rule: Rule;
  /** The rule in whose name an incident of this kind is told. */
  readonly toldBy: (kind: IncidentKind) => AnyRule;
  /** The newest incident before, however old. */
  readonly before: StoredIncident | null;
  readonly transitions: readonly Transition[];
  /** Something of it is new since the last tick. */
  readonly hasNews: boolean;
}

/** The judgement of every pattern that has news or is open. @throws StorageError */
export async function judgePatterns(db: Database, projectId: string, input: JudgeInput) {
  const { rules, aliases, cursorMs, nowMs } = input;
  const all = rules.similar.map(toRule);
  const open = input.incidents.filter(({ status }) => status !== 'resolved');
  const reach = all.map(({ windowMs, recoverAfterMs }) => windowMs + recoverAfterMs);
  const fewest = Math.min(
    FEWEST_BACK,
    ...all.map(({ threshold }) => threshold),
    ...rules.fresh.map((rule) => rule.minErrors),
  );
  const { patterns, completeSinceMs, fresh } = await readErrorTimes(db, projectId, {
    cursorMs,
    threshold: Math.max(10, ...all.map(({ threshold }) => threshold)),
    traces: Math.max(3, ...all.map(({ minTraces }) => minTraces)),
    fewest,
    reachMs: Math.max(45 * 60_000, ...reach),
    open: open.map(({ subject }) => subject),
    aliases,
  });
  const latest = new Map(input.incidents.map((incident) => [incident.subject, incident]));
  const candidates = [...patterns].filter(([, points]) => smallestGate(points, all, fewest));
  const names = [
    ...new Set([...candidates.map(([fingerprint]) => fingerprint), ...open.map(({ subject }) => subject)]),
  ];
  const unknown = names.filter((fingerprint) => !latest.has(fingerprint));
  const older = input.isTrial === true ? [] : await readLatestOf(db, projectId, unknown);
  for (const incident of older.sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1)))
    latest.set(incident.subject, incident);
  const traits = await readTraits(db, projectId, names, aliases);
  const usual = await usualOf(db, projectId, { names, patterns, traits, rules, aliases });
  const isFresh = await freshIn(db, projectId, rules, traits, nowMs);

  const judgements: PatternJudgement[] = [];
  for (const fingerprint of names.sort()) {
    const before = latest.get(fingerprint) ?? null;
    const of = traits.get(fingerprint) ?? traitsOf(before);
    const similar = firstFor(rules.similar, of);
    const fresh = firstFor(rules.fresh, of);
    const back = firstFor(rules.back, of);
    // What is open ends by the usual numbers even when nobody looks for it any more.
    const isOpen = before !== null && before.status !== 'resolved';
    if (similar === null && fresh === null && back === null && !isOpen) continue;
    const rule = similar === null ? { ...toRule(USUAL_RULE), threshold: Number.POSITIVE_INFINITY } : toRule(similar);
    const points = patterns.get(fingerprint) ?? [];
    const { episode, versions } = lastOf(before, input.solved.get(fingerprint), nowMs);
    const transitions = evaluate({
      rule,
      latest: episode,
      points,
      completeSinceMs,
      nowMs,
      usual: usual.get(fingerprint) ?? null,
      fresh: fresh !== null && isFresh(fingerprint, fresh) ? toFresh(fresh) : null,
      back: back && { ...toBack(back), versions },
    });
    const hasNews = points.some(({ atMs }) => atMs > cursorMs - 5 * 60_000);
    const toldBy = (kind: IncidentKind): AnyRule =>
      (kind === 'new_pattern' ? fresh : kind === 'regression' ? back : null) ?? similar ?? USUAL_RULE;
    judgements.push({ fingerprint, rule, toldBy, before, transitions, hasNews });
  }
  return { judgements, errors: fresh };
}

/** Whether any rule could fire: worth asking what is usual. */
function smallestGate(points: readonly ErrorPoint[], all: readonly Rule[], fewest: number): boolean {
  const windowMs = Math.max(30 * 60_000, ...all.map((rule) => rule.windowMs));
  return findMoment(points, windowMs, Number.NEGATIVE_INFINITY, ({ count }) => count >= fewest) !== null;
}

function traitsOf(before: StoredIncident | null) {
  return { agent: before?.agent ?? '', service: '', errorType: before?.errorType ?? '' };
}

interface Known {
  readonly names: readonly string[];
  readonly patterns: ReadonlyMap<string, readonly ErrorPoint[]>;
  readonly traits: ReadonlyMap<string, PatternTraits>;
  readonly rules: PatternRules;
  readonly aliases: Aliases;
}

/** Only of those that reach their threshold: the others do not fire whatever is usual. */
async function usualOf(db: Database, projectId: string, { names, patterns, traits, rules, aliases }: Known) {
  const byWindow = new Map<number, { fingerprint: string; atMs: number }[]>();
  for (const fingerprint of names) {
    const set = firstFor(rules.similar, traits.get(fingerprint) ?? traitsOf(null));
    if (set === null) continue;
    const { windowMs, threshold } = toRule(set);
    const points = patterns.get(fingerprint) ?? [];
    const moment = findMoment(points, windowMs, Number.NEGATIVE_INFINITY, ({ count }) => count >= threshold);
    if (moment === null) continue;
    byWindow.set(windowMs, [...(byWindow.get(windowMs) ?? []), { fingerprint, atMs: moment.atMs }]);
  }
  const usual = new Map<string, Usual>();
  if (byWindow.size === 0) return usual;
  const since = await readKnownSince(db, projectId);
  for (const [windowMs, queries] of byWindow) {
    const found = await readUsual(db, projectId, queries, windowMs, since ?? Number.POSITIVE_INFINITY, aliases);
    for (const [fingerprint, counts] of found) usual.set(fingerprint, counts);
  }
  return usual;
}

/** A pattern is new for a day, once the project has been known for as long as the rule must learn. */
async function freshIn(
  db: Database,
  projectId: string,
  { fresh }: PatternRules,
  traits: ReadonlyMap<string, PatternTraits>,
  nowMs: number,
): Promise<(fingerprint: string, rule: RuleOf<'new_pattern'>) => boolean> {
  const young = [...traits.values()].filter(({ firstMs }) => nowMs - firstMs <= DAY_MS);
  if (fresh.length === 0 || young.length === 0) return () => false;
  const learnt = new Map<number, number | null>();
  for (const version of new Set(young.map((known) => known.version)))
    learnt.set(version, await readLearntSince(db, projectId, version));
  return (fingerprint, { learnHours }) => {
    const known = traits.get(fingerprint);
    if (known === undefined || nowMs - known.firstMs > DAY_MS) return false;
    const since = learnt.get(known.version) ?? known.firstMs;
    return known.firstMs - since >= learnHours * HOUR_MS;
  };
}
