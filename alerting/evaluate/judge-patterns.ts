// Judges similar errors: reads what the judgement needs, from storage, and asks the pure `evaluate` for each pattern.
import type { IncidentKind } from '#contracts/incident';
import type { Rule as AnyRule, RuleOf } from '#contracts/rule';
import { bisect } from '#domain/bisect';
import type { Aliases } from '#domain/pattern/aliases';
import { DEFAULT_RULES } from '#domain/rule/default-rules';
import type { Database } from '#storage/database';
import { readLatestOf } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import type { ErrorPoint } from '#storage/read-errors';
import type { PatternTraits } from '#storage/read-usual';
import { probeStorage } from '#storage/set-aside';
import type { PatternStore } from '#storage/stores';
import { lastOf, type Solved } from './episodes.ts';
import { type Baseline, evaluate, type Transition } from './evaluate.ts';
import { type NewErrors, readNewErrors } from './read-new-errors.ts';
import { FEWEST_BACK, firstFor, type PatternRules, type Rule, toBack, toFresh, toRule } from './rule.ts';
import { findMoment } from './sliding-window.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Patterns that are evaluated together: bounds the names in a statement and the memory they take. */
const AT_ONCE = 5000;
/** What failed for longer than this is evaluated from this far back. */
const MAX_REACH_MS = 6 * HOUR_MS;
const SIMILAR_ERRORS_RULE = DEFAULT_RULES.find((rule) => rule.kind === 'similar_errors') as RuleOf<'similar_errors'>;

export interface JudgeDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly patterns: PatternStore;
}

/** What earlier ticks could not evaluate. Times are ms since 1970. */
export interface JudgeAgain {
  /** Patterns that are tried now. */
  readonly names: readonly string[];
  /** From here on errors of something were not evaluated. */
  readonly sinceMs: number;
  /** From here on new errors of a part of all patterns were not read; null = they were. */
  readonly partsSinceMs: number | null;
}

export interface JudgeInput {
  readonly cursorMs: number;
  readonly nowMs: number;
  readonly rules: PatternRules;
  readonly aliases: Aliases;
  /** Open incidents of patterns, and those resolved lately. */
  readonly incidents: readonly StoredIncident[];
  /** Patterns that a user marked as solved, whether or not they had an incident. */
  readonly solved: ReadonlyMap<string, Solved>;
  readonly again?: JudgeAgain | undefined;
  /** Set patterns aside even when not one can be evaluated: it has been so for several ticks. */
  readonly isStubborn?: boolean;
  /** A rule is tried on the past: earlier notifications do not count. */
  readonly isTrial?: boolean;
}

export interface PatternJudgement {
  readonly fingerprint: string;
  readonly rule: Rule;
  /** The rule under whose name an incident of this kind is notified. */
  readonly ruleFor: (kind: IncidentKind) => AnyRule;
  /** The newest incident before, however old. */
  readonly before: StoredIncident | null;
  readonly transitions: readonly Transition[];
  /** Something of it is new since the last tick. */
  readonly hasNews: boolean;
}

export interface Judged {
  readonly judgements: readonly PatternJudgement[];
  /** Rows received since the cursor. */
  readonly errors: number;
  /** Patterns that cannot be evaluated, and parts of all patterns whose errors cannot be read. */
  readonly failed: readonly { readonly kind: 'pattern' | 'patterns'; readonly name: string; readonly error: unknown }[];
}

/**
 * The judgement of every pattern that has news or is open, without those that cannot be evaluated.
 * @throws StorageError, EverythingFails when it is not a few that cannot
 */
export async function judgePatterns(deps: JudgeDeps, input: JudgeInput): Promise<Judged> {
  const { rules, aliases, cursorMs, nowMs } = input;
  const all = rules.similar.map(toRule);
  const open = input.incidents.filter(({ status }) => status !== 'resolved');
  const reach = all.map(({ windowMs, recoverAfterMs }) => windowMs + recoverAfterMs);
  const fewest = Math.min(
    FEWEST_BACK,
    ...all.map(({ threshold }) => threshold),
    ...rules.fresh.map((rule) => rule.minErrors),
  );
  const again = input.again?.names ?? [];
  const againMs = input.again === undefined ? 0 : Math.min(MAX_REACH_MS, nowMs - input.again.sinceMs);
  // What could not be read then is as new as what came since the cursor.
  const newSinceMs = Math.min(cursorMs, Math.max(input.again?.partsSinceMs ?? cursorMs, nowMs - MAX_REACH_MS));
  const query = {
    cursorMs: newSinceMs,
    threshold: Math.max(10, ...all.map(({ threshold }) => threshold)),
    traces: Math.max(3, ...all.map(({ minTraces }) => minTraces)),
    fewest,
    reachMs: Math.max(45 * 60_000, ...reach) + againMs,
    open: [...new Set([...open.map(({ subject }) => subject), ...again])],
    aliases,
  };
  const isOpen = new Set(open.map(({ subject }) => subject));
  const judgements: PatternJudgement[] = [];
  const failed: Judged['failed'][number][] = [];
  let errors = 0;
  for await (const found of readNewErrors(deps, query)) {
    const candidates = [...found.patterns].filter(([, points]) => smallestGate(points, all, fewest));
    const names = new Set([
      ...candidates.map(([fingerprint]) => fingerprint),
      ...found.open.filter((name) => isOpen.has(name)),
    ]);
    const known = again.filter((name) => names.delete(name));
    const judge = (part: readonly string[]) => judgeSome(deps, input, found, part);
    const probe = () => probeStorage(deps.db);
    // Those that failed before are evaluated separately, so that the others do not fail with them first.
    const most = await bisect([...names].sort(), judge, {
      probe,
      atMost: AT_ONCE,
      isStubborn: input.isStubborn === true,
    });
    const others = await bisect(known.sort(), judge, { probe, atMost: 1, isStubborn: true });
    judgements.push(...most.done.flat(), ...others.done.flat());
    errors = Math.max(errors, found.fresh);
    failed.push(
      ...found.failed.map((one) => ({ kind: 'patterns' as const, ...one })),
      ...[...most.failed, ...others.failed].map(({ item, error }) => ({ kind: 'pattern' as const, name: item, error })),
    );
  }
  return { judgements, errors, failed };
}

async function judgeSome(
  { db, projectId, patterns: store }: JudgeDeps,
  input: JudgeInput,
  { patterns, completeSinceMs }: NewErrors,
  names: readonly string[],
): Promise<PatternJudgement[]> {
  const { rules, aliases, cursorMs, nowMs } = input;
  const wanted = new Set(names);
  const latest = new Map(
    input.incidents.flatMap((incident) =>
      wanted.has(incident.subject) ? [[incident.subject, incident] as const] : [],
    ),
  );
  const unknown = names.filter((fingerprint) => !latest.has(fingerprint));
  const older = input.isTrial === true ? [] : await readLatestOf(db, projectId, unknown);
  for (const incident of older.sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1)))
    latest.set(incident.subject, incident);
  const traits = await store.readTraits(names, aliases);
  const baselines = await baselinesOf(store, { names, patterns, traits, rules, aliases });
  const isFresh = await freshIn(store, rules, traits, nowMs);

  const judgements: PatternJudgement[] = [];
  for (const fingerprint of names) {
    const before = latest.get(fingerprint) ?? null;
    const of = traits.get(fingerprint) ?? traitsOf(before);
    const similar = firstFor(rules.similar, of);
    const fresh = firstFor(rules.fresh, of);
    const back = firstFor(rules.back, of);
    // An open incident ends by the default rule's numbers even when no rule covers its pattern any more.
    const isOpen = before !== null && before.status !== 'resolved';
    if (similar === null && fresh === null && back === null && !isOpen) continue;
    const rule =
      similar === null ? { ...toRule(SIMILAR_ERRORS_RULE), threshold: Number.POSITIVE_INFINITY } : toRule(similar);
    const points = patterns.get(fingerprint) ?? [];
    const { episode, versions } = lastOf(before, input.solved.get(fingerprint), nowMs);
    const transitions = evaluate({
      rule,
      latest: episode,
      points,
      completeSinceMs,
      nowMs,
      baseline: baselines.get(fingerprint) ?? null,
      fresh: fresh !== null && isFresh(fingerprint, fresh) ? toFresh(fresh) : null,
      back: back && { ...toBack(back), versions },
    });
    const hasNews = points.some(({ atMs }) => atMs > cursorMs - 5 * 60_000);
    const ruleFor = (kind: IncidentKind): AnyRule =>
      (kind === 'new_pattern' ? fresh : kind === 'regression' ? back : null) ?? similar ?? SIMILAR_ERRORS_RULE;
    judgements.push({ fingerprint, rule, ruleFor, before, transitions, hasNews });
  }
  return judgements;
}

/** Whether any rule could fire: only then the baseline is worth reading. */
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

/** Only of those that reach their threshold: the others do not fire whatever their baseline. */
async function baselinesOf(store: PatternStore, { names, patterns, traits, rules, aliases }: Known) {
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
  const baselines = new Map<string, Baseline>();
  if (byWindow.size === 0) return baselines;
  const since = await store.readKnownSince();
  for (const [windowMs, queries] of byWindow) {
    const found = await store.readBaselines(queries, windowMs, since ?? Number.POSITIVE_INFINITY, aliases);
    for (const [fingerprint, counts] of found) baselines.set(fingerprint, counts);
  }
  return baselines;
}

/** A pattern is new for a day, once the project has been known for as long as the rule must learn. */
async function freshIn(
  store: PatternStore,
  { fresh }: PatternRules,
  traits: ReadonlyMap<string, PatternTraits>,
  nowMs: number,
): Promise<(fingerprint: string, rule: RuleOf<'new_pattern'>) => boolean> {
  const young = [...traits.values()].filter(({ firstMs }) => nowMs - firstMs <= DAY_MS);
  if (fresh.length === 0 || young.length === 0) return () => false;
  const learnt = new Map<number, number | null>();
  for (const version of new Set(young.map((known) => known.version)))
    learnt.set(version, await store.readLearntSince(version));
  return (fingerprint, { learnHours }) => {
    const known = traits.get(fingerprint);
    if (known === undefined || nowMs - known.firstMs > DAY_MS) return false;
    const since = learnt.get(known.version) ?? known.firstMs;
    return known.firstMs - since >= learnHours * HOUR_MS;
  };
}
