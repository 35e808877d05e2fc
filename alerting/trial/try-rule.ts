// Tries a rule on what is stored: when it would have fired, and on what. The same SQL, judges and states as the
// detector's tick; nothing is saved and nobody is notified.
import type { RuleTrial } from '#contracts/routes/rules';
import type { RuleDraft } from '#contracts/rule';
import { type Database, StorageError } from '#storage/database';
import type { StoredIncident } from '#storage/journal-shapes';
import type { MeasureStore, PatternStore } from '#storage/stores';
import { judgePoints, type MeasureReader, storeReader } from '../evaluate/measures/judge-points.ts';
import type { MeasuredRule } from '../evaluate/measures/measure.ts';
import { readFacts, toMeasured } from '../evaluate/measures/measure-rules.ts';
import { isMeasured } from '../evaluate/measures/measures.ts';
import { replay } from '../evaluate/measures/replay.ts';
import { tryPatterns } from './try-patterns.ts';

/** More are counted, and the newest of them shown. */
const MAX_SHOWN = 20;
const MAX_SECONDS = 30;
const DAY_MS = 24 * 3_600_000;
const TIMEOUT_EXCEEDED = 159;

export interface Trying {
  readonly db: Database;
  readonly projectId: string;
  readonly patterns: PatternStore;
  readonly measures: MeasureStore;
  readonly nowMs: number;
}

/**
 * @param days how far back, 1 to 28
 * @throws StorageError, also when it takes longer than half a minute in all
 */
export async function tryRule(trying: Trying, draft: RuleDraft, days: number): Promise<RuleTrial> {
  const { measures, nowMs } = trying;
  const rule = { ...draft, id: 'tried' };
  const afterMs = nowMs - days * DAY_MS;
  const frame = { from: new Date(afterMs).toISOString(), to: new Date(nowMs).toISOString() };
  const inTime = timer();
  const reader = hurried(storeReader(measures, MAX_SECONDS), inTime);
  if (isMeasured(rule)) return { ...frame, ...(await tryMeasured(reader, rule, afterMs, nowMs)) };
  const incidents = await tryPatterns(trying, rule, { afterMs, toMs: nowMs }, inTime);
  return { ...frame, ...firedPatterns(incidents) };
}

async function tryMeasured(reader: MeasureReader, rule: MeasuredRule, afterMs: number, toMs: number) {
  const { judged, silent } = await judgePoints(reader, rule, { afterMs, toMs, open: [] });
  const firings = replay(rule, judged).sort((a, b) => b.openedAtMs - a.openedAtMs);
  const fired: RuleTrial['fired'] = [];
  for (const { subject, openedAtMs, resolvedAtMs, judged: opening } of firings.slice(0, MAX_SHOWN)) {
    const { facts } = toMeasured(rule, opening, await readFacts(reader, rule, opening));
    fired.push({
      subject,
      title: facts.title,
      words: facts.evidence.words,
      openedAt: new Date(openedAtMs).toISOString(),
      resolvedAt: resolvedAtMs === null ? null : new Date(resolvedAtMs).toISOString(),
      exampleTraceIds: [...facts.exampleTraceIds],
    });
  }
  const without = [...silent].filter(([, why]) => why === 'no_baseline').map(([subject]) => subject);
  return { firedCount: firings.length, fired, noBaseline: without.slice(0, MAX_SHOWN) };
}

function firedPatterns(incidents: readonly StoredIncident[]): Pick<RuleTrial, 'firedCount' | 'fired' | 'noBaseline'> {
  const newest = [...incidents].sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1));
  const fired = newest.slice(0, MAX_SHOWN).map((incident) => ({
    subject: incident.subject,
    title: incident.agent === '' ? incident.title : `${incident.agent}: ${incident.title}`,
    words:
      incident.message === ''
        ? (incident.evidence?.words ?? '')
        : `${incident.evidence?.words ?? ''} ${incident.message}`,
    openedAt: incident.openedAt,
    resolvedAt: incident.resolvedAt,
    exampleTraceIds: incident.exampleTraceIds,
  }));
  return { firedCount: incidents.length, fired, noBaseline: [] };
}

/** Gives up once all reads together took too long. */
function timer(): () => void {
  const endMs = performance.now() + MAX_SECONDS * 1000;
  return () => {
    if (performance.now() <= endMs) return;
    throw new StorageError('trying this rule takes too long', { retryable: true, engineCode: TIMEOUT_EXCEEDED });
  };
}

function hurried(reader: MeasureReader, inTime: () => void): MeasureReader {
  return {
    async slices(range, sliceMs) {
      inTime();
      return reader.slices(range, sliceMs);
    },
    async facts(query) {
      inTime();
      return reader.facts(query);
    },
  };
}
