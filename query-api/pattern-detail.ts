// One pattern whole: what the list says of it, and what explains it.
import type { PatternDetail } from '#contracts/pattern';
import type { SpanDetail } from '#contracts/span';
import { TelltaleError } from '#domain/errors';
import { canonicalOf } from '#domain/pattern/aliases';
import { pickExamples } from '#domain/pattern/pick-examples';
import { compareRuns } from '#domain/run/compare-runs';
import { readBurst, readFailingRuns, readGoodRuns, readRunTraits } from '#storage/read-pattern-runs';
import {
  type PatternRow,
  type PatternWords,
  readPatterns,
  readPatternWords,
  readUsualPerDay,
} from '#storage/read-patterns';
import { readSpan } from '#storage/read-span';
import { sumUpRuns } from '#storage/sum-up-runs';
import { sourceOf } from './pattern-source.ts';
import {
  incidentsOf,
  muteOf,
  type PatternDeps,
  type PatternState,
  readPatternState,
  suggestMerges,
  toPattern,
} from './pattern-state.ts';

const DAY_MS = 86_400_000;
const STEPS = 48;
const MAX_EXAMPLES = 5;
const iso = (ms: number) => new Date(ms).toISOString();

/** @throws TelltaleError pattern_not_found */
export async function findPattern(
  { db, projectId }: PatternDeps,
  state: PatternState,
  asked: string,
): Promise<PatternWords> {
  const fingerprint = canonicalOf(state.aliases, asked);
  const words = await readPatternWords(db, projectId, state.membersOf(fingerprint), state.aliases);
  const found = words.get(fingerprint);
  if (found === undefined) throw new TelltaleError('pattern_not_found', `There is no error pattern ${asked}.`);
  return found;
}

export async function readPatternDetail(
  deps: PatternDeps,
  asked: string,
  query: { readonly from?: number | undefined; readonly to?: number | undefined },
): Promise<PatternDetail> {
  const { db, projectId } = deps;
  const state = await readPatternState(deps);
  const words = await findPattern(deps, state, asked);
  const members = state.membersOf(words.fingerprint);
  const toMs = query.to ?? state.nowMs;
  // A pattern that is over is shown as it was.
  const fromMs = query.from ?? Math.min(toMs, words.lastEverMs) - DAY_MS;
  const range = { members, fromMs, toMs };
  const [page, failing, burst, usualPerDay] = await Promise.all([
    readPatterns(db, projectId, { fromMs, toMs, steps: STEPS }, state.aliases, members),
    readFailingRuns(db, projectId, range),
    readBurst(db, projectId, range),
    readUsualPerDay(db, projectId, members, words.firstEverMs, state.nowMs),
  ]);
  // The one question about all patterns is asked alone: it takes most of the memory.
  const nearby = await readPatterns(db, projectId, { fromMs, toMs, steps: 1 }, state.aliases);
  const row = page.patterns[0] ?? quiet(words, STEPS);
  const comparison = await compare(deps, row, failing, range);
  const chosen = pickExamples(failing, MAX_EXAMPLES);
  const wanted = chosen.map(({ traceId }) => traceId);
  const runs = new Map((await sumUpRuns(db, projectId, wanted, state.nowMs)).map(({ run }) => [run.traceId, run]));
  const [example] = failing;
  const span = example === undefined ? null : await readSpan(db, projectId, example.traceId, example.spanId);
  const notes = state.notes.get(words.fingerprint) ?? null;
  const mute = muteOf(state, members, row);
  const parts = await readPatternWords(db, projectId, members, new Map());
  return {
    pattern: toPattern(state, row),
    from: iso(page.fromMs),
    to: iso(page.toMs),
    stepMs: page.stepMs,
    burst: burst && { first: iso(burst.firstMs), tenth: iso(burst.tenthMs) },
    usualPerDay,
    seenVersions: words.seen
      .filter(({ version }) => version !== '')
      .map(({ version, firstMs, lastMs }) => ({ version, firstSeen: iso(firstMs), lastSeen: iso(lastMs) })),
    why: whyOf(words, span, failing),
    parts: members.flatMap((each) => {
      const part = parts.get(each);
      if (part === undefined) return [];
      const { fingerprint, template, errorType, step, lastEverMs } = part;
      return [{ fingerprint, template, errorType, step, lastSeen: iso(lastEverMs) }];
    }),
    examples: chosen.flatMap(({ traceId, spanId, message }) => {
      const run = runs.get(traceId);
      return run === undefined ? [] : [{ run, spanId, message }];
    }),
    comparison: {
      ...comparison,
      differences: [...comparison.differences],
      alike: [...comparison.alike],
    },
    incidents: incidentsOf(state, members),
    resolved: notes?.resolved == null ? null : { at: notes.resolved.at, by: notes.resolved.by },
    mute: mute && { id: mute.id, until: mute.value.until, by: mute.value.by, why: mute.value.why },
    notes: state.remarks
      .filter(({ value }) => members.includes(value.fingerprint))
      .map(({ id, value, changedAt, changedBy }) => ({ id, text: value.text, by: changedBy, at: changedAt }))
      .sort((a, b) => (a.at < b.at ? 1 : -1)),
    suggestions: suggestMerges(state, nearby.patterns).filter(({ fingerprints }) =>
      fingerprints.includes(words.fingerprint),
    ),
  };
}

async function compare(
  { db, projectId }: PatternDeps,
  row: PatternRow,
  failing: Awaited<ReturnType<typeof readFailingRuns>>,
  { fromMs, toMs }: { fromMs: number; toMs: number },
) {
  const agents = row.agents.length > 0 ? row.agents : [row.agent];
  const good = failing.length === 0 ? [] : await readGoodRuns(db, projectId, { agents, fromMs, toMs });
  const bad = failing.map(({ traceId }) => traceId);
  const traits = await readRunTraits(db, projectId, [...bad, ...good]);
  const of = (traceIds: readonly string[]) => traceIds.flatMap((traceId) => traits.get(traceId) ?? []);
  // The step that failed is in every failing run by definition.
  return compareRuns(of(bad), of(good), { models: [row.step], tools: [row.step] });
}

function whyOf(
  words: PatternWords,
  span: SpanDetail | null,
  failing: Awaited<ReturnType<typeof readFailingRuns>>,
): PatternDetail['why'] {
  const [example] = failing;
  return {
    ...sourceOf(span),
    agent: words.agent,
    forms: new Set(failing.map(({ message }) => message)).size,
    exampleMessage: example?.message ?? '',
    exampleTraceId: example?.traceId ?? null,
    exampleSpanId: example?.spanId ?? null,
  };
}

/** Known, and without an error in the time asked for. */
function quiet(words: PatternWords, steps: number): PatternRow {
  return {
    ...words,
    errorCount: 0,
    lateCount: 0,
    runCount: 0,
    sessionCount: 0,
    firstMs: words.firstEverMs,
    lastMs: words.lastEverMs,
    agents: words.agent === '' ? [] : [words.agent],
    services: [],
    tools: [],
    models: [],
    versions: [],
    trend: Array.from({ length: steps }, () => 0),
  };
}
