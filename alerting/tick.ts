// One tick: read what is new, evaluate it, save the result, then send the pending notifications. They are saved before
// they are sent, so that a crash anywhere repeats at most a message, never a decision. A pattern, rule, incident or
// message that fails is set aside and retried by the next tick; the others are evaluated and notified.
import type { Delivery } from '#contracts/delivery';
import { RULES } from '#contracts/rule';
import { readSentSince } from '#storage/deliveries';
import { appendJournal, type JournalEntry, readJournalState, type UnreadableRow } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import type { PatternStore } from '#storage/stores';
import { applyCauses } from './apply/apply-causes.ts';
import { applyMeasured } from './apply/apply-measured.ts';
import { applyPatterns } from './apply/apply-patterns.ts';
import { type IncidentSet, openIncidentSet } from './apply/incident-set.ts';
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

/** Another detector evaluates this project now. */
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
  // Items that are known to fail may come first: when all of them fail, that says nothing about the others.
  const isStubborn = hasFailedOften || failures.before('pattern').length + failures.before('incident').length > 0;
  const controls = await readControls(db, projectId);
  nameRows(failures, state.unreadable);
  nameSettings(failures, controls);
  const incidentSet = openIncidentSet(state.incidents);
  endByHand(incidentSet, controls);
  // A clock that stepped back must not stop evaluation until it reaches the cursor again.
  const cursorMs = Math.min(state.cursorMs ?? nowMs - 30 * 60_000, nowMs);
  const failingSinceMs = oldest(failures.sinceMs('pattern'), failures.sinceMs('patterns'));
  const judged = await judgePatterns(deps, {
    cursorMs,
    nowMs,
    rules: patternRules(controls.rules),
    aliases: controls.aliases,
    solved: controls.solved,
    isStubborn,
    incidents: incidentSet.all().filter(({ fingerprint }) => fingerprint !== null),
    again:
      failingSinceMs === null
        ? undefined
        : { names: failures.before('pattern'), sinceMs: failingSinceMs, partsSinceMs: failures.sinceMs('patterns') },
  });
  const kept = await applyPatterns(deps, incidentSet, judged.judgements, {
    aliases: controls.aliases,
    isStubborn,
    nowMs,
  });
  for (const { kind, name, error } of [...judged.failed, ...kept.failed.map((one) => ({ kind: PATTERN, ...one }))])
    failures.add(kind, name, 'Its errors cannot be evaluated, so no notification is sent for them', error, cursorMs);
  const failedRules = await measureRules(deps, incidentSet, controls, failures, { cursorMs, nowMs });
  const { firing } = kept;
  guard(incidentSet, () => applyCauses(projectId, incidentSet, firing, nowMs), failures.add, 'cause', 'common');
  const again = failures.before('incident');
  const decided = await decideNotices(deps, { incidentSet, controls, firing, again, isStubborn, nowMs });
  const { pending } = decided;
  for (const { name, error } of decided.failed)
    failures.add('incident', name, 'Its notifications cannot be decided', error);
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
    ...incidentSet.changed().map((incident) => ({ kind: 'incident', incident }) as const),
    ...incidentSet.transitions().map((transition) => ({ kind: 'transition', transition }) as const),
    ...pending.map((delivery) => ({ kind: 'delivery', delivery }) as const),
  ];
  await appendJournal(db, projectId, nowMs, entries);
  // Closed before its incidents are stored, a failure would be lost for good if the process died in between.
  await failures.saveDone(nowMs, JUDGED);
  const { broken, unreadable, ...delivered } = await send(
    deps,
    [...state.pending, ...pending],
    incidentSet,
    controls,
    nowMs,
  );
  nameRows(failures, [...decided.unreadable, ...unreadable]);
  for (const { subject, channel, dueAtMs } of state.pending)
    if (dueAtMs > nowMs) failures.wait('notification', `${subject} on ${channel}`);
  for (const { delivery, error } of broken)
    failures.add('notification', `${delivery.subject} on ${delivery.channel}`, 'It cannot be written', error);
  await failures.saveFailed(nowMs, ['notification']);
  await failures.saveDone(nowMs, ['notification']);
  const [fired, resolved] = [incidentSet.happened('opened'), incidentSet.happened('resolved')];
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
    failures.add('setting', `${kind}/${id}`, 'This setting cannot be read and has no effect', error);
}

/** Evaluates the rules besides similar errors and applies them to the incident set. */
async function measureRules(
  deps: TickDeps,
  incidentSet: IncidentSet,
  controls: Controls,
  failures: TickFailures,
  { cursorMs, nowMs }: { readonly cursorMs: number; readonly nowMs: number },
): Promise<RuleFailure[]> {
  const open = incidentSet.open().filter(({ fingerprint, kind }) => fingerprint === null && kind !== 'provider');
  const rules = controls.rules.filter(({ enabled }) => enabled);
  const failingSinceMs = (ruleId: string) => failures.sinceMsOf('rule', ruleId);
  const outcomes = await deps.measure(rules, { cursorMs, nowMs, open, failingSinceMs });
  // A rule that cannot be read was not switched off: its incidents go on.
  const unknown = new Set(controls.unreadable.flatMap(({ kind, id }) => (kind === RULES.kind ? [id] : [])));
  applyMeasured(deps.projectId, incidentSet, measuredOf(outcomes), rules, nowMs, {
    isRule: (ruleId) => unknown.has(ruleId),
    onFailed: ({ ruleId }, error) => failures.add('rule', ruleId, 'What it found cannot be recorded', error, cursorMs),
  });
  const failed = failuresOf(outcomes);
  for (const { ruleId, error } of failed) failures.add('rule', ruleId, 'It cannot be evaluated', error, cursorMs);
  return failed;
}

/** Runs work on the incident set that may fail alone: the incident set is then rolled back. */
function guard(
  incidentSet: IncidentSet,
  work: () => void,
  add: TickFailures['add'],
  kind: 'cause',
  name: string,
): void {
  const rollBack = incidentSet.mark();
  try {
    work();
  } catch (error) {
    rollBack();
    add(kind, name, 'The common cause of patterns cannot be determined', error);
  }
}

/** An incident that a user resolved ends at that time; errors after that are another incident. */
function endByHand(incidentSet: IncidentSet, { ended }: Controls): void {
  for (const incident of incidentSet.open()) {
    const end = ended.get(incident.id);
    if (end === undefined) continue;
    const resolvedAt = new Date(end.atMs).toISOString();
    incidentSet.put({ ...incident, status: 'resolved', resolvedAt, resolvedBy: end.by || 'someone' });
    incidentSet.record(incident.id, end.atMs, 'resolved', `Resolved by ${end.by || 'someone'}.`);
  }
}

async function send(
  { db, projectId, deliver, isStopping }: TickDeps,
  pending: readonly Delivery[],
  incidentSet: IncidentSet,
  controls: Controls,
  nowMs: number,
): Promise<Pick<Delivered, 'sent' | 'failed' | 'broken'> & { readonly unreadable: readonly UnreadableRow[] }> {
  const unreadable: UnreadableRow[] = [];
  const sentLately = pending.length === 0 ? [] : await readSentSince(db, projectId, nowMs - WITHIN_MS, unreadable);
  const incidents = new Map(incidentSet.all().map((incident) => [incident.id, incident]));
  const silenceOf = (incident: StoredIncident) => controls.silenceOf(incident, incident.peak, nowMs)?.why ?? null;
  const { sent, failed, dropped, broken } = await deliver({ pending, sentLately, incidents, silenceOf, isStopping });
  // A notification dropped because of a mute is sent when the mute ends and the incident is still open.
  const unnotified = dropped.flatMap(({ subject, transition }) => {
    const incident = incidents.get(subject.slice('incident:'.length));
    if (incident === undefined || transition === 'resolved' || incident.status === 'resolved') return [];
    if (silenceOf(incident) === null) return [];
    return [{ kind: 'incident', incident: { ...incident, memory: { ...incident.memory, told: null } } } as const];
  });
  await appendJournal(db, projectId, nowMs, unnotified);
  return { sent, failed, broken, unreadable };
}
