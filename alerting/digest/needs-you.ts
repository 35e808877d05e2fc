// What waits for a person, worst first; and what ended or is new. Pure.
import type { DigestItem, DigestSection } from '#contracts/digest';
import { formatDuration, formatExact, plural } from '#domain/format';
import type { SummedUp } from '#domain/run/summarize-run';
import type { DayFacts, IncidentFacts } from './day-facts.ts';
import { clippedLine, clockIn, runsPath, tracePath } from './words.ts';

type Line = Extract<DigestItem, { kind: 'line' }>;
const line = (fields: Omit<Line, 'kind'>): Line => ({ kind: 'line', ...fields });

const openOnes = (facts: DayFacts): IncidentFacts[] =>
  facts.incidents
    .filter(({ isOpen, isMuted }) => isOpen && !isMuted)
    .sort(
      (a, b) => Number(a.ackBy !== null) - Number(b.ackBy !== null) || b.count - a.count || a.openedAtMs - b.openedAtMs,
    );

export interface Waits {
  readonly incidents: readonly IncidentFacts[];
  /** Runs that wait, by whom they wait for; runs that went silent, by agent. The largest group first. */
  readonly waiting: readonly (readonly [string, readonly SummedUp[]])[];
  readonly stalled: readonly (readonly [string, readonly SummedUp[]])[];
}

/** Everything that waits for someone. */
export function waitsOf(facts: DayFacts): Waits {
  const stalled = facts.open.filter(({ run }) => run.status === 'stalled');
  return {
    incidents: openOnes(facts),
    waiting: grouped(facts.waiting, ({ run }) => run.activity?.waitingFor ?? 'someone'),
    stalled: grouped(stalled, ({ run }) => run.agent ?? run.service),
  };
}

function grouped(runs: readonly SummedUp[], keyOf: (run: SummedUp) => string) {
  const groups = new Map<string, SummedUp[]>();
  for (const one of [...runs].sort((a, b) => (a.run.startTime < b.run.startTime ? -1 : 1))) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return [...groups].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
}

export function needsYou(facts: DayFacts, limit: number): DigestSection | null {
  const { incidents, waiting, stalled } = waitsOf(facts);
  const items = [
    ...incidents.map((incident) => openIncident(facts, incident)),
    ...waiting.map(([who, runs]) => waitingRuns(facts, who, runs)),
    ...facts.deadLetters.map((letters) => deadLetters(facts, letters)),
    ...stalled.map(([agent, runs]) => silentRuns(facts, agent, runs)),
  ];
  return section('needs_you', 'Needs you', items, limit, '/incidents');
}

function openIncident(facts: DayFacts, incident: IncidentFacts): Line {
  const { id, title, agent, count, runs, openedAtMs, ackBy, words } = incident;
  const isNew = facts.newPatterns.some(({ fingerprint }) => fingerprint === incident.fingerprint);
  return line({
    tone: ackBy === null ? 'error' : 'warn',
    title: clippedLine(title, 120),
    path: `/incidents/${encodeURIComponent(id)}`,
    facts: [
      ...errorsIn(count, runs),
      `since ${clockIn(openedAtMs, facts.period, facts.of.timeZone)}`,
      isNew ? 'firing, never seen before' : 'firing',
      ...(agent === '' ? [] : [clippedLine(agent, 60)]),
      ...(ackBy === null ? [] : [`taken by ${clippedLine(ackBy, 60)}`]),
    ],
    text: clippedLine(words, 200) || null,
  });
}

function errorsIn(count: number, runs: number | null): string[] {
  if (count === 0) return [];
  return [runs === null ? plural(count, 'error') : `${plural(count, 'error')} in ${plural(runs, 'run')}`];
}

function waitingRuns(facts: DayFacts, who: string, runs: readonly SummedUp[]): Line {
  const oldest = runs[0]?.run;
  return line({
    tone: 'error',
    title: `${plural(runs.length, 'run waits', 'runs wait')} for ${clippedLine(who, 80)}`,
    path: tracePath(oldest?.traceId ?? ''),
    facts: [
      `oldest since ${clockIn(Date.parse(oldest?.activity?.since ?? ''), facts.period, facts.of.timeZone)}`,
      ...agentsOf(runs),
    ],
    text: oldest === undefined ? null : clippedLine(oldest.headline, 160),
  });
}

function silentRuns(facts: DayFacts, agent: string, runs: readonly SummedUp[]): Line {
  const last = runs.at(-1)?.run;
  return line({
    tone: 'warn',
    title: `${plural(runs.length, 'run')} of ${clippedLine(agent, 80)} went silent`,
    path:
      runs.length === 1 ? tracePath(last?.traceId ?? '') : runsPath(facts.period, { status: 'stalled', agent: agent }),
    facts: [`last sign ${clockIn(Date.parse(last?.endTime ?? ''), facts.period, facts.of.timeZone)}`],
    text: last === undefined ? null : clippedLine(last.headline, 160),
  });
}

function deadLetters(
  facts: DayFacts,
  { who, letters, traceId, spanId, lastMs }: DayFacts['deadLetters'][number],
): Line {
  return line({
    tone: 'error',
    title: `${plural(letters, 'dead letter')} of ${clippedLine(who, 80)}`,
    path: tracePath(traceId, spanId),
    facts: [`last ${clockIn(lastMs, facts.period, facts.of.timeZone)}`],
    text: 'Work set aside that no retry got through. It stays there until someone replays it.',
  });
}

/** Errors of a kind never seen before, except those already listed as open incidents. */
export function newPatterns(facts: DayFacts, limit: number): DigestSection | null {
  const open = new Set(openOnes(facts).map(({ fingerprint }) => fingerprint));
  const items = facts.newPatterns
    .filter(({ fingerprint }) => !open.has(fingerprint))
    .map((pattern) =>
      line({
        tone: 'warn',
        title: clippedLine(`${pattern.errorType || 'Error'} in ${pattern.step}`, 120),
        path: `/patterns/${encodeURIComponent(pattern.fingerprint)}`,
        facts: [
          `${plural(pattern.errors, 'error')} in ${plural(pattern.runs, 'run')}`,
          `first ${clockIn(pattern.firstMs, facts.period, facts.of.timeZone)}`,
          ...(pattern.agent === '' ? [] : [clippedLine(pattern.agent, 60)]),
        ],
        text: clippedLine(pattern.message, 200) || null,
      }),
    );
  return section('new', 'New', items, limit, '/patterns');
}

export function resolved(facts: DayFacts, limit: number): DigestSection | null {
  const items = facts.incidents
    .filter(({ isOpen }) => !isOpen)
    .map((incident) => {
      const {
        id,
        title,
        count,
        runs,
        openedAtMs,
        resolvedAtMs,
        resolvedBy,
        messageCount: messages,
        words,
        agent,
      } = incident;
      const at = (ms: number) => clockIn(ms, facts.period, facts.of.timeZone);
      const until = resolvedAtMs ?? openedAtMs;
      return line({
        tone: 'ok',
        title: clippedLine(title, 120),
        path: `/incidents/${encodeURIComponent(id)}`,
        facts: [
          `${at(openedAtMs)} to ${at(until)}, ${formatDuration(until - openedAtMs)}`,
          ...errorsIn(count, runs),
          plural(messages, 'message'),
          ...(agent === '' ? [] : [clippedLine(agent, 60)]),
          ...(resolvedBy === null ? [] : [`ended by ${clippedLine(resolvedBy, 60)}`]),
        ],
        text: clippedLine(words, 200) || null,
      });
    });
  return section('resolved', 'Resolved', items, limit, '/incidents');
}

function agentsOf(runs: readonly SummedUp[]): string[] {
  const names = [...new Set(runs.flatMap(({ run }) => run.agent ?? []))];
  return names.length === 0 ? [] : [clippedLine(names.slice(0, 3).join(', '), 80)];
}

/** A section of at most `limit` items that says how many it leaves out; null without any. */
export function section(
  id: DigestSection['id'],
  title: string,
  items: readonly DigestItem[],
  limit: number,
  morePath: string,
): DigestSection | null {
  if (items.length === 0) return null;
  const left = items.length - limit;
  return {
    id,
    title,
    note: formatExact(items.length),
    items: items.slice(0, limit),
    more: left > 0 ? { text: `and ${formatExact(left)} more`, path: morePath } : null,
  };
}
