// One tick: read what is new, judge it, save the judgement, then send what is owed. Saved before sent, so that a crash
// anywhere repeats at most a message, never a decision. One pattern, rule, incident or message that fails is set aside
// and tried again by the next tick; the others are judged and told.
import type { Delivery } from '#contracts/delivery';
import { RULES } from '#contracts/rule';
import { readSentSince } from '#storage/deliveries';
import { appendJournal, type JournalEntry, readJournalState, type UnreadableRow } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import type { PatternStore } from '#storage/stores';
import { keepCauses } from './apply/apply-causes.ts';
import { keepMeasured } from './apply/apply-measured.ts';
import { keepPatterns } from './apply/apply-patterns.ts';
import { type Book, openBook } from './apply/incident-set.ts';
import type { createDelivery, Delivered } from './deliver/deliver.ts';
import { WITHIN_MS } from './deliver/pace.ts';
import type { Controls } from './evaluate/controls.ts';
import { readControls } from './evaluate/controls.ts';
import { judgePatterns } from './evaluate/judge-patterns.ts';
import { failuresOf, type MeasureRules, measuredOf, type RuleFailure } from './evaluate/measures/measure-rules.ts';
import { patternRules } from './evaluate/rule.ts';
import { type DecideDeps, decideNotices } from './notify/decide-notices.ts';
import { openFailures, type TickFailures } from './tick-failures.ts';

/** Longer than any error may be late, so that no late error begins an old episode again. */
const REMEMBER_RESOLVED_MS = 24 * 3_600_000;

export interface TickDeps extends DecideDeps {
  readonly patterns: PatternStore;
  readonly deliver: ReturnType<typeof createDelivery>;
  /** Everything that is measured besides similar errors. */
  readonly measure: MeasureRules;
  readonly isStopping: () => boolean;
  /** Ms, for how long the tick took. */
  readonly monotonicMs: () => number;
}

export interface TickReport {
  /** Ids of the incidents that began and ended. */
  readonly fired: readonly string[];
  readonly resolved: readonly string[];
  readonly sent: number;
  readonly failed: number;
  readonly failedRules: readonly RuleFailure[];
  /** What the tick went on without, and what earlier ones did and is not tried yet. */
  readonly setAside: number;
}

/** Somebody else judges this project now. */
export class FencedOff extends Error {}

/**
 * Brings the project's incidents up to `nowMs`. However late it comes, the stored cursor says where to go on.
 * @param fence of the claim; a cursor of a higher one is another detector's
 * @param hasFailedOften set things aside even when not one of them works: it has been so for several ticks
 * @throws StorageError, EverythingFails; what was not saved is done again by the next tick
 */
export async function runTick(deps: TickDeps, nowMs: number, fence = 0, hasFailedOften = false): Promise<TickReport> {
  const { db, projectId } = deps;
  const startMs = deps.monotonicMs();
  const state = await readJournalState(db, projectId, { resolvedWithinMs: REMEMBER_RESOLVED_MS });
  if (state.fence > fence) throw new FencedOff('Another detector has taken over this project.');
  const failures = await openFailures(db, projectId);
  // Those that are known to fail come first at times: that all of them do says nothing of the others.
  const isStubborn = hasFailedOften || failures.before('pattern').length + failures.before('incident').length > 0;
  const controls = await readControls(db, projectId);
  nameRows(failures, state.unreadable);
  nameSettings(failures, controls);
  const book = openBook(state.incidents);
  endByHand(book, controls);
  // A clock that stepped back must not leave us waiting for it to come round again.
  const cursorMs = Math.min(state.cursorMs ?? nowMs - 30 * 60_000, nowMs);
  const failingSinceMs = oldest(failures.sinceMs('pattern'), failures.sinceMs('patterns'));
  const judged = await judgePatterns(deps, {
    cursorMs,
    nowMs,
    rules: patternRules(controls.rules),
    aliases: controls.aliases,
    solved: controls.solved,
    isStubborn,
    incidents: book.all().filter(({ fingerprint }) => fingerprint !== null),
    again:
      failingSinceMs === null
        ? undefined
        : { names: failures.before('pattern'), sinceMs: failingSinceMs, partsSinceMs: failures.sinceMs('patterns') },
  });
  const kept = await keepPatterns(deps, book, judged.judgements, {
    aliases: controls.aliases,
    isStubborn,
    nowMs,
  });
  for (const { kind, name, error } of [...judged.failed, ...kept.failed.map((one) => ({ kind: PATTERN, ...one }))])
    failures.add(kind, name, 'Its errors cannot be judged, so nobody is notified of them', error, cursorMs);
  const failedRules = await measureRules(deps, book, controls, failures, { cursorMs, nowMs });
  const { firing } = kept;
  guard(book, () => keepCauses(projectId, book, firing, nowMs), failures.add, 'cause', 'common');
  const again = failures.before('incident');
  const decided = await decideNotices(deps, { book, controls, firing, again, isStubborn, nowMs });
  const { owed } = decided;
  for (const { name, error } of decided.failed)
    failures.add('incident', name, 'It cannot be decided whether anybody is notified of it', error);
  await failures.saveFailed(nowMs, JUDGED);

  const evaluation = {
    fromMs: state.cursorMs,
    toMs: nowMs,
    errors: judged.errors,
    tookMs: Math.round(deps.monotonicMs() - startMs),
    error: null,
    failedRules,
    setAside: failures.count(),
  };
  const entries: JournalEntry[] = [
    { kind: 'cursor', receivedMs: nowMs, fence },
    { kind: 'evaluation', evaluation },
    ...book.changed().map((incident) => ({ kind: 'incident', incident }) as const),
    ...book.story().map((transition) => ({ kind: 'transition', transition }) as const),
    ...owed.map((delivery) => ({ kind: 'delivery', delivery }) as const),
  ];
  await appendJournal(db, projectId, nowMs, entries);
  // Closed before its incidents are kept, it would be missed for ever when the process dies between.
  await failures.saveDone(nowMs, JUDGED);
  const { broken, unreadable, ...delivered } = await send(deps, [...state.pending, ...owed], book, controls, nowMs);
  nameRows(failures, [...decided.unreadable, ...unreadable]);
  for (const { subject, channel, dueAtMs } of state.pending)
    if (dueAtMs > nowMs) failures.wait('notification', `${subject} on ${channel}`);
  for (const { delivery, error } of broken)
    failures.add('notification', `${delivery.subject} on ${delivery.channel}`, 'It cannot be written', error);
  await failures.saveFailed(nowMs, ['notification']);
  await failures.saveDone(nowMs, ['notification']);
  const [fired, resolved] = [book.happened('opened'), book.happened('resolved')];
  return { fired, resolved, ...delivered, failedRules, setAside: failures.count() };
}

const PATTERN = 'pattern' as const;
const JUDGED = ['pattern', 'patterns', 'rule', 'incident', 'setting', 'cause'] as const;
const oldest = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.min(a, b));

function nameRows(failures: TickFailures, rows: readonly UnreadableRow[]): void {
  for (const { kind, subject, error } of rows)
    failures.add(
      kind === 'incident' ? 'incident' : 'notification',
      subject,
      'What is stored of it cannot be read',
      error,
    );
}

function nameSettings(failures: TickFailures, { unreadable }: Controls): void {
  for (const { kind, id, error } of unreadable)
    failures.add('setting', `${kind}/${id}`, 'This setting cannot be read and does not hold', error);
}

/** What is measured besides similar errors, into the book. */
async function measureRules(
  deps: TickDeps,
  book: Book,
  controls: Controls,
  failures: TickFailures,
  { cursorMs, nowMs }: { readonly cursorMs: number; readonly nowMs: number },
): Promise<RuleFailure[]> {
  const open = book.open().filter(({ fingerprint, kind }) => fingerprint === null && kind !== 'provider');
  const rules = controls.rules.filter(({ enabled }) => enabled);
  const failingSinceMs = (ruleId: string) => failures.sinceMsOf('rule', ruleId);
  const outcomes = await deps.measure(rules, { cursorMs, nowMs, open, failingSinceMs });
  // A rule that cannot be read was not switched off: its incidents go on.
  const unknown = new Set(controls.unreadable.flatMap(({ kind, id }) => (kind === RULES.kind ? [id] : [])));
  keepMeasured(deps.projectId, book, measuredOf(outcomes), rules, nowMs, {
    isRule: (ruleId) => unknown.has(ruleId),
    onFailed: ({ ruleId }, error) => failures.add('rule', ruleId, 'What it found cannot be recorded', error, cursorMs),
  });
  const failed = failuresOf(outcomes);
  for (const { ruleId, error } of failed) failures.add('rule', ruleId, 'It cannot be evaluated', error, cursorMs);
  return failed;
}

/** Work on the book that may fail by itself: the book is then as it was. */
function guard(book: Book, work: () => void, add: TickFailures['add'], kind: 'cause', name: string): void {
  const takeBack = book.mark();
  try {
    work();
  } catch (error) {
    takeBack();
    add(kind, name, 'Whether patterns have a common cause cannot be said', error);
  }
}

/** What somebody called over ends where they said so; errors after that are another incident. */
function endByHand(book: Book, { ended }: Controls): void {
  for (const incident of book.open()) {
    const end = ended.get(incident.id);
    if (end === undefined) continue;
    const resolvedAt = new Date(end.atMs).toISOString();
    book.put({ ...incident, status: 'resolved', resolvedAt, resolvedBy: end.by || 'somebody' });
    book.tell(incident.id, end.atMs, 'resolved', `Resolved by ${end.by || 'somebody'}.`);
  }
}

async function send(
  { db, projectId, deliver, isStopping }: TickDeps,
  owed: readonly Delivery[],
  book: Book,
  controls: Controls,
  nowMs: number,
): Promise<Pick<Delivered, 'sent' | 'failed' | 'broken'> & { readonly unreadable: readonly UnreadableRow[] }> {
  const unreadable: UnreadableRow[] = [];
  const sentLately = owed.length === 0 ? [] : await readSentSince(db, projectId, nowMs - WITHIN_MS, unreadable);
  const incidents = new Map(book.all().map((incident) => [incident.id, incident]));
  const silenceOf = (incident: StoredIncident) => controls.silenceOf(incident, incident.peak, nowMs)?.why ?? null;
  const { sent, failed, dropped, broken } = await deliver({ owed, sentLately, incidents, silenceOf, isStopping });
  // What was not told because of a mute is told when the mute ends and it still goes on.
  const untold = dropped.flatMap(({ subject, transition }) => {
    const incident = incidents.get(subject.slice('incident:'.length));
    if (incident === undefined || transition === 'resolved' || incident.status === 'resolved') return [];
    if (silenceOf(incident) === null) return [];
    return [{ kind: 'incident', incident: { ...incident, memory: { ...incident.memory, told: null } } } as const];
  });
  await appendJournal(db, projectId, nowMs, untold);
  return { sent, failed, broken, unreadable };
}
