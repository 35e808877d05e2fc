// One tick: read what is new, judge it, save the judgement, then send what is owed. Saved before sent, so that a crash
// anywhere repeats at most a message, never a decision.
import type { Delivery } from '#schema/delivery';
import type { Database } from '#storage/database';
import { newDelivery, readDeliveries, readSentSince } from '#storage/deliveries';
import { appendJournal, type JournalEntry, readJournalState } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import type { Controls } from './controls.ts';
import { readControls } from './controls.ts';
import type { createDelivery } from './deliver.ts';
import { type Book, openBook } from './detector/book.ts';
import type { FiringPattern } from './detector/common-cause.ts';
import { judgePatterns } from './detector/judge-patterns.ts';
import { keepCauses } from './detector/keep-causes.ts';
import { keepMeasured } from './detector/keep-measured.ts';
import { keepPatterns } from './detector/keep-patterns.ts';
import { failuresOf, type MeasureRules, measuredOf, type RuleFailure } from './detector/measures/measure-rules.ts';
import { decideNotice } from './detector/notices.ts';
import { patternRules } from './detector/rule.ts';
import { WITHIN_MS } from './pace.ts';

/** Longer than any error may be late, so that no late error begins an old episode again. */
const REMEMBER_RESOLVED_MS = 24 * 3_600_000;

export interface TickDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly deliver: ReturnType<typeof createDelivery>;
  /** The channels as they are now: which of them an incident is told on, by the ids that its rule names. */
  readonly readChannels: () => Promise<(wanted: readonly string[] | null) => readonly string[]>;
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
}

/** Somebody else judges this project now. */
export class FencedOff extends Error {}

/**
 * Brings the project's incidents up to `nowMs`. However late it comes, the stored cursor says where to go on.
 * @param fence of the claim; a cursor of a higher one is another detector's
 * @throws StorageError; what was not saved is done again by the next tick
 */
export async function runTick(deps: TickDeps, nowMs: number, fence = 0): Promise<TickReport> {
  const { db, projectId } = deps;
  const startMs = deps.monotonicMs();
  const state = await readJournalState(db, projectId, { resolvedWithinMs: REMEMBER_RESOLVED_MS });
  if (state.fence > fence) throw new FencedOff('Another detector has taken over this project.');
  const controls = await readControls(db, projectId);
  const book = openBook(state.incidents);
  endByHand(book, controls);
  // A clock that stepped back must not leave us waiting for it to come round again.
  const cursorMs = Math.min(state.cursorMs ?? nowMs - 30 * 60_000, nowMs);
  const judged = await judgePatterns(db, projectId, {
    cursorMs,
    nowMs,
    rules: patternRules(controls.rules),
    aliases: controls.aliases,
    solved: controls.solved,
    incidents: book.all().filter(({ fingerprint }) => fingerprint !== null),
  });
  const firing = await keepPatterns(db, projectId, book, judged.judgements, controls.aliases, nowMs);
  const open = book.open().filter(({ fingerprint, kind }) => fingerprint === null && kind !== 'provider');
  const rules = controls.rules.filter(({ enabled }) => enabled);
  const outcomes = await deps.measure(rules, { cursorMs, nowMs, open });
  keepMeasured(projectId, book, measuredOf(outcomes), rules, nowMs);
  const failedRules = failuresOf(outcomes);
  keepCauses(projectId, book, firing, nowMs);
  const owed = await decide(deps, book, controls, firing, nowMs);

  const evaluation = {
    fromMs: state.cursorMs,
    toMs: nowMs,
    errors: judged.errors,
    tookMs: Math.round(deps.monotonicMs() - startMs),
    error: null,
    failedRules,
  };
  const entries: JournalEntry[] = [
    { kind: 'cursor', receivedMs: nowMs, fence },
    { kind: 'evaluation', evaluation },
    ...book.changed().map((incident) => ({ kind: 'incident', incident }) as const),
    ...book.story().map((transition) => ({ kind: 'transition', transition }) as const),
    ...owed.map((delivery) => ({ kind: 'delivery', delivery }) as const),
  ];
  await appendJournal(db, projectId, nowMs, entries);
  const delivered = await send(deps, [...state.owed, ...owed], book, controls, nowMs);
  return { fired: book.happened('opened'), resolved: book.happened('resolved'), ...delivered, failedRules };
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

/** Decides what is told, remembers it in the book, and returns what is owed. */
async function decide(
  deps: TickDeps,
  book: Book,
  controls: Controls,
  firing: readonly FiringPattern[],
  nowMs: number,
): Promise<Delivery[]> {
  const newest = new Map(firing.map(({ incident, facts }) => [incident.id, facts.count]));
  const changed = new Set(book.changed().map(({ id }) => id));
  const owed: Delivery[] = [];
  // Once for all incidents of a tick: in a storm they are many.
  let channels: ReturnType<TickDeps['readChannels']> | undefined;
  for (const incident of book.all().filter(({ id, status }) => status !== 'resolved' || changed.has(id))) {
    const windowCount = newest.get(incident.id) ?? incident.peak;
    const parent = incident.parentId === null ? undefined : book.get(incident.parentId);
    const silence = controls.silenceOf(incident, windowCount, nowMs);
    const decision = decideNotice({
      incident,
      windowCount: newest.get(incident.id) ?? 0,
      isAcknowledged: controls.acknowledged.has(incident.id),
      isSilenced: silence !== null,
      isInhibited: parent !== undefined && parent.status !== 'resolved',
      nowMs,
    });
    if (silence !== null && incident.mutedBy?.id !== silence.id && incident.status !== 'resolved') {
      book.put({ ...decision.incident, mutedBy: silence });
      book.tell(incident.id, nowMs, 'muted', silence.why);
    } else if (decision.incident !== incident) book.put(decision.incident);
    if (decision.transition === null) continue;
    channels ??= deps.readChannels();
    owed.push(...(await owe(deps, decision.incident, decision.transition, await channels, nowMs)));
  }
  return owed;
}

async function owe(
  { db, projectId }: TickDeps,
  incident: StoredIncident,
  transition: string,
  channelsOf: Awaited<ReturnType<TickDeps['readChannels']>>,
  nowMs: number,
): Promise<Delivery[]> {
  const subject = `incident:${incident.id}`;
  const step = incident.memory.notices;
  let channels = channelsOf(incident.memory.channels);
  if (transition === 'resolved') {
    // An end is told where the beginning was. Where that is still owed, it will say that it is over.
    const before = await readDeliveries(db, projectId, [subject]);
    channels = [...new Set(before.filter(({ status }) => status === 'sent').map(({ channel }) => channel))];
  }
  return channels.map((channel) => newDelivery({ projectId, subject, transition, step, channel }, nowMs));
}

async function send(
  { db, projectId, deliver, isStopping }: TickDeps,
  owed: readonly Delivery[],
  book: Book,
  controls: Controls,
  nowMs: number,
): Promise<{ sent: number; failed: number }> {
  const sentLately = owed.length === 0 ? [] : await readSentSince(db, projectId, nowMs - WITHIN_MS);
  const incidents = new Map(book.all().map((incident) => [incident.id, incident]));
  const silenceOf = (incident: StoredIncident) => controls.silenceOf(incident, incident.peak, nowMs)?.why ?? null;
  const { sent, failed, dropped } = await deliver({ owed, sentLately, incidents, silenceOf, isStopping });
  // What was not told because of a mute is told when the mute ends and it still goes on.
  const untold = dropped.flatMap(({ subject, transition }) => {
    const incident = incidents.get(subject.slice('incident:'.length));
    if (incident === undefined || transition === 'resolved' || incident.status === 'resolved') return [];
    if (silenceOf(incident) === null) return [];
    return [{ kind: 'incident', incident: { ...incident, memory: { ...incident.memory, told: null } } } as const];
  });
  await appendJournal(db, projectId, nowMs, untold);
  return { sent, failed };
}
