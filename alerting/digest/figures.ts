// The figures of a day beside what is usual, what it cost, and the decisions worth a second look. Pure.
import type { DigestItem, DigestNumbers, DigestSection } from '#contracts/digest';
import { formatDuration } from '#domain/format';
import type { DayFacts } from './day-facts.ts';
import { section } from './needs-you.ts';
import { shareOf } from './usual.ts';
import { clippedLine, clockIn, cost, count, percent, runsPath, tracePath, weekdayName } from './words.ts';

type Figure = Extract<DigestItem, { kind: 'figure' }>;

/** So much above the usual is worth a colour. */
const WORSE_BY = 1.5;
/** Below this many a share jumps by chance. */
const FEW = 3;

export function numbers(facts: DayFacts): DigestSection {
  const { of, period, numbers: now, usual } = facts;
  const then = usual.numbers;
  const figure = (name: string, path: string, value: string, beside: string | null, isWorse = false): Figure => ({
    kind: 'figure',
    name,
    path,
    value,
    beside: beside === null ? null : `usual ${beside}`,
    isWorse,
  });
  const usualOf = (name: keyof DigestNumbers, write: (n: number) => string) =>
    then?.[name] == null ? null : write(then[name]);
  const usualShare = (part: keyof DigestNumbers, whole: keyof DigestNumbers) =>
    then === null ? null : shareOf(then[part] ?? 0, then[whole] ?? 0);
  const withShare = (part: number, whole: number) =>
    part === 0 || whole === 0 ? count(part) : `${count(part)} (${percent(part / whole)})`;
  const failedUsually = usualShare('failed', 'runs');
  const belowUsually = usualShare('belowThreshold', 'decisions');
  const worse = (value: number | null, usually: number | null) =>
    value !== null && usually !== null && value > usually * WORSE_BY;
  const items = [
    figure('Runs', runsPath(period), count(now.runs), usualOf('runs', count)),
    figure(
      'Failed',
      runsPath(period, { status: 'error' }),
      withShare(now.failed, now.runs),
      failedUsually === null ? null : percent(failedUsually),
      now.failed >= FEW && worse(shareOf(now.failed, now.runs), failedUsually),
    ),
    ...(now.stalled > 0 || (then?.stalled ?? 0) > 0
      ? [
          figure(
            'Went silent',
            runsPath(period, { status: 'stalled' }),
            withShare(now.stalled, now.runs),
            usualOf('stalled', count),
            now.stalled >= FEW && worse(now.stalled, then?.stalled ?? null),
          ),
        ]
      : []),
    ...(now.running > 0
      ? [
          figure(
            'Not ended yet',
            runsPath(period, { status: 'running' }),
            count(now.running),
            usualOf('running', count),
          ),
        ]
      : []),
    ...(now.p95DurationMs === null
      ? []
      : [
          figure(
            'Slowest 5% took longer than',
            runsPath(period, { minDurationMs: String(Math.floor(now.p95DurationMs)) }),
            formatDuration(now.p95DurationMs),
            usualOf('p95DurationMs', formatDuration),
            worse(now.p95DurationMs, then?.p95DurationMs ?? null),
          ),
        ]),
    ...(now.decisions === 0 && (then?.decisions ?? 0) === 0
      ? []
      : [
          figure(
            'Decisions',
            runsPath(period, { maxConfidence: '1' }),
            count(now.decisions),
            usualOf('decisions', count),
          ),
          figure(
            'Below their threshold',
            runsPath(period, { maxConfidence: '1' }),
            withShare(now.belowThreshold, now.decisions),
            belowUsually === null ? null : percent(belowUsually),
            now.belowThreshold >= FEW && worse(shareOf(now.belowThreshold, now.decisions), belowUsually),
          ),
          figure('Handed to someone', runsPath(period), count(now.escalated), usualOf('escalated', count)),
        ]),
    figure(
      'Cost',
      runsPath(period, { minCostUsd: '0' }),
      cost(now.costUsd),
      usualOf('costUsd', cost),
      worse(now.costUsd, then?.costUsd ?? null),
    ),
  ];
  const what = of.form === 'weekly' ? 'week' : weekdayName(of.date);
  const note = then === null ? `no ${what} before to compare with` : `against the median ${what} of ${usual.of}`;
  return { id: 'numbers', title: 'Numbers', note, items, more: null };
}

/** By agent; with a single agent the figure above says it all. */
export function costs({ costByAgent, period, numbers: { costUsd } }: DayFacts, limit: number): DigestSection | null {
  if (costByAgent.length < 2 || costUsd === null || costUsd === 0) return null;
  const items = costByAgent.map(
    ([agent, usd]): Figure => ({
      kind: 'figure',
      name: agent === '' ? 'no agent named' : clippedLine(agent, 80),
      path: agent === '' ? runsPath(period, { minCostUsd: '0' }) : runsPath(period, { agent }),
      value: cost(usd),
      beside: `${percent(Math.min(1, usd / costUsd))} of all`,
      isWorse: false,
    }),
  );
  return section('costs', 'Cost by agent', items, limit, runsPath(period, { minCostUsd: '0' }));
}

export function decisions(facts: DayFacts, limit: number): DigestSection | null {
  const { doubtful, doubtfulCount, period, of } = facts;
  if (doubtful.length === 0) return null;
  const items = doubtful.slice(0, limit).map(
    (decision): DigestItem => ({
      kind: 'decision',
      title: clippedLine(
        `${decision.name} ${decision.choice === '' ? 'chose nothing' : `chose ${decision.choice}`}`,
        120,
      ),
      path: tracePath(decision.traceId, decision.spanId),
      facts: [
        clockIn(decision.atMs, period, of.timeZone),
        ...(decision.agent === '' ? [] : [clippedLine(decision.agent, 60)]),
        ...(decision.outcome === '' ? [] : [clippedLine(decision.outcome, 40)]),
      ],
      confidence: decision.sureness,
      threshold: decision.needed,
    }),
  );
  return {
    id: 'decisions',
    title: 'Decisions worth a look',
    note: `${items.length} of ${count(doubtfulCount)}`,
    items,
    more: null,
  };
}
