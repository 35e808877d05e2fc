// Reads the facts of a day or week. Every figure comes from stored data; what is not known stays unknown.
import type { Digest, DigestNumbers } from '#contracts/digest';
import type { Incident } from '#contracts/incident';
import { ALIASES } from '#contracts/pattern-notes';
import { EverythingFails } from '#domain/bisect';
import { isWhole } from '#domain/digest';
import { TelltaleError } from '#domain/errors';
import { addDays, dayBounds, type LocalDate, type Period, weekBounds } from '#domain/local-time';
import { type Aliases, canonicalOf, flatten } from '#domain/pattern/aliases';
import { NO_RUN_FIGURES, type RunFigures, type UnreadRun } from '#domain/run/run-figures';
import type { SummedUp } from '#domain/run/summarize-run';
import { type Database, StorageError } from '#storage/database';
import { readIntake } from '#storage/intake';
import { readUsedUpMs } from '#storage/model-calls';
import type { DecisionFigures } from '#storage/read-digest-decisions';
import { probeStorage, reasonOf } from '#storage/set-aside';
import { readSettings } from '#storage/settings';
import type { DigestStore, MeasureStore, RunStore } from '#storage/stores';
import type { DayFacts, DigestOf, IncidentFacts, MissingPart, StoryReason } from './day-facts.ts';
import { incidentsOf } from './incident-facts.ts';
import { medianOf } from './usual.ts';

const HOUR_MS = 3_600_000;
/** A collector notes its counters every minute; three missing notes are a gap. */
const SILENCE_MS = 4 * 60_000;
const WEEKS = 4;
const DECISIONS_SHOWN = 5;

export interface GatherDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly measures: MeasureStore;
  readonly digests: DigestStore;
  readIncidents(db: Database, projectId: string): Promise<readonly Incident[]>;
  /** What is known of damage to stored data, as a sentence; null = none. */
  readonly damage?: () => string | null;
  /** Fail when storage is too busy for a part: it is tried again soon. Default: leave the part out. */
  readonly isPatient?: boolean;
}

export const periodOf = ({ date, form, timeZone }: Omit<DigestOf, 'projectId'>): Period =>
  form === 'daily' ? dayBounds(date, timeZone) : weekBounds(date, timeZone);

/**
 * @param nowMs the time to judge by what is still open, ms since 1970
 * @throws StorageError when storage does not answer or is too busy; a part that fails by itself is in `missing`
 */
export async function gather(deps: GatherDeps, of: DigestOf, nowMs: number): Promise<DayFacts> {
  const { db, measures, digests, readIncidents, damage, isPatient = false } = deps;
  const { projectId } = of;
  const period = periodOf(of);
  // For a past day this is what was open then, not what is open now.
  const asOfMs = Math.min(nowMs, period.toMs + 24 * HOUR_MS);
  const isFresh = asOfMs === nowMs;
  const missing: MissingPart[] = [];
  const unread: UnreadRun[] = [];
  /** What fails by itself is left out; a storage that does not answer fails the digest, which is written later. */
  const part = async <T>(name: MissingPart['part'], otherwise: T, read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (isPatient && passes(error)) throw error;
      await probeStorage(db);
      missing.push({ part: name, reason: reasonOf(error) });
      return otherwise;
    }
  };
  const each = async (traceIds: readonly string[]) => {
    const found = await deps.runs.sumUpEach(traceIds, nowMs);
    unread.push(...found.unread);
    return found.runs;
  };
  const runs = await part('runs', NO_RUN_FIGURES, () => digests.readRunFigures(period, nowMs));
  unread.push(...runs.unread);
  const decisions = await part('decisions', NO_DECISIONS, () => measures.readDecisionFigures(period));
  const aliases = await part('aliases', new Map<string, string>(), () => readAliases(db, projectId));
  const doubtful = () => measures.listDoubtfulDecisions(period, DECISIONS_SHOWN);
  const readWaiting = async () => {
    const waiting = isFresh ? await digests.listWaiting(period, nowMs) : [];
    return (await each(waiting)).filter(({ run }) => run.activity?.state === 'waiting');
  };
  const incidents = async () => incidentsOf(await readIncidents(db, projectId), period, asOfMs).map(asMerged(aliases));
  return {
    of,
    period,
    writtenAtMs: nowMs,
    numbers: numbersOf(runs, decisions),
    doubtfulCount: decisions.doubtful,
    doubtful: decisions.doubtful === 0 ? [] : await part('decisions', [], doubtful),
    usual: await part('usual', { of: 0, numbers: null }, () => readUsual(deps, of, nowMs)),
    costByAgent: runs.costByAgent,
    open: runs.open,
    waiting: await part('waiting', [], readWaiting),
    newPatterns: await part('new', [], () => digests.listNewPatterns(period, aliases)),
    deadLetters: await part('dead_letters', [], () => digests.listDeadLetters(period)),
    incidents: await part('incidents', [], incidents),
    stories: await part('stories', [], () => readStories(runs, each)),
    budgetUsedUpMs: await part('budget', null, () => readUsedUpMs(db, projectId, period)),
    intake: await part('intake', null, () => readIntake(db, projectId, period, nowMs, SILENCE_MS)),
    missing,
    unread: [...new Map(unread.map((one) => [one.traceId, one])).values()],
    damage: damage?.() ?? null,
  };
}

/** It may work a little later, and a digest that is not written is tried again then. */
function passes(error: unknown): boolean {
  const cause = error instanceof EverythingFails ? error.cause : error;
  return (cause instanceof StorageError || cause instanceof TelltaleError) && cause.retryable;
}

const NO_DECISIONS = { decisions: 0, belowThreshold: 0, escalated: 0, doubtful: 0 };

/** Which patterns people have merged by now. */
async function readAliases(db: Database, projectId: string): Promise<Aliases> {
  const settings = await readSettings(db, projectId, ALIASES);
  return flatten(new Map(settings.map(({ id, value }) => [id, value.of])));
}

/** An incident keeps the fingerprint that it opened with; its pattern may have been merged since. */
const asMerged =
  (aliases: Aliases) =>
  (incident: IncidentFacts): IncidentFacts =>
    incident.fingerprint === null ? incident : { ...incident, fingerprint: canonicalOf(aliases, incident.fingerprint) };

function numbersOf(runs: RunFigures, { decisions, belowThreshold, escalated }: DecisionFigures): DigestNumbers {
  const { failed, stalled, running, p95DurationMs, costUsd, runsOfUnknownCost, spans, lateSpans } = runs;
  return {
    runs: runs.runs,
    failed,
    stalled,
    running,
    p95DurationMs,
    costUsd,
    runsOfUnknownCost,
    spans,
    lateSpans,
    decisions,
    belowThreshold,
    escalated,
  };
}

type Counting = Pick<GatherDeps, 'measures' | 'digests'>;

/** The same weekday of the four weeks before: as its digest counted it then, else counted from what is still stored. */
async function readUsual(deps: Counting, of: DigestOf, nowMs: number): Promise<DayFacts['usual']> {
  const known: DigestNumbers[] = [];
  const firstMs = await deps.digests.readFirstRunMs();
  for (let week = 1; week <= WEEKS; week++) {
    const date = addDays(of.date, -7 * week);
    const written = (await deps.digests.read({ ...of, date }))?.digest;
    const counted =
      written !== undefined && isWhole(written) && isCounted(written)
        ? written.numbers
        : await countThen(deps, { ...of, date }, firstMs, nowMs);
    if (counted !== null) known.push(counted);
  }
  return { of: known.length, numbers: medianOf(known) };
}

/** Figures that could not be read then are zeros, which nothing is to be compared with. */
const isCounted = ({ missing = [] }: Digest) => !missing.includes('runs') && !missing.includes('decisions');

async function countThen(
  { measures, digests }: Counting,
  of: DigestOf & { readonly date: LocalDate },
  firstMs: number | null,
  nowMs: number,
): Promise<DigestNumbers | null> {
  const period = periodOf(of);
  // Before the first run that is stored nothing is known: not that nothing ran.
  if (firstMs === null || firstMs > period.fromMs) return null;
  return numbersOf(await digests.readRunFigures(period, nowMs), await measures.readDecisionFigures(period));
}

/** At most four different runs: what failed and what was handed over, then the dearest and the longest. */
async function readStories(
  { worst, handedOver, dearest, longest }: RunFigures,
  sumUp: (traceIds: readonly string[]) => Promise<SummedUp[]>,
): Promise<DayFacts['stories']> {
  const wanted = new Map<string, StoryReason>();
  const firstNew = (why: StoryReason, traces: readonly string[]) => {
    const trace = traces.find((candidate) => !wanted.has(candidate));
    if (trace !== undefined) wanted.set(trace, why);
  };
  firstNew('failed', worst);
  firstNew('handed_over', handedOver);
  firstNew('dearest', dearest);
  firstNew('longest', longest);
  const runs = await sumUp([...wanted.keys()]);
  return runs.map((of) => ({ why: wanted.get(of.run.traceId) ?? 'failed', of }));
}
