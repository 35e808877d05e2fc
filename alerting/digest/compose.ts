// From the facts of a day to its digest: worst first, every line with an address, three lines when nothing happened. Pure.
import type { Digest, DigestItem, DigestSection } from '#contracts/digest';
import { formatDuration, plural } from '#domain/format';
import { addDays, localTime } from '#domain/local-time';
import type { DayFacts, MissingPart } from './day-facts.ts';
import { costs, decisions, numbers } from './figures.ts';
import { needsYou, newPatterns, resolved, type Waits, waitsOf } from './needs-you.ts';
import { foot, gaps, stories } from './stories.ts';
import { clippedLine, cost, count, listed, longDate, percent, runsPath, shortDate, weekdayName } from './words.ts';

/** @param limit the most items of a section */
export function compose(facts: DayFacts, limit = 5): Digest {
  const { of, period, writtenAtMs, usual } = facts;
  const missing: MissingPart[] = [...facts.missing];
  /** A section that cannot be written is left out, and named among the gaps. */
  const write = (part: MissingPart['part'], section: (facts: DayFacts, limit: number) => DigestSection | null) => {
    try {
      return section(facts, limit);
    } catch (error) {
      missing.push({ part, reason: error instanceof Error ? error.message : String(error) });
      return null;
    }
  };
  const isUnknown = (part: MissingPart['part']) => facts.missing.some((one) => one.part === part);
  const sections = [
    write('needs_you', needsYou),
    write('new', newPatterns),
    write('resolved', resolved),
    // Zeros that are not counted are no figures.
    isUnknown('runs') || isUnknown('decisions') ? null : write('numbers', numbers),
    isUnknown('decisions') ? null : write('decisions', decisions),
    isUnknown('runs') ? null : write('costs', costs),
    write('stories', stories),
    gaps({ ...facts, missing }),
  ].filter((section) => section !== null);
  const isQuiet = isQuietDay(facts, sections);
  return {
    ...of,
    from: new Date(period.fromMs).toISOString(),
    to: new Date(period.toMs).toISOString(),
    writtenAt: new Date(writtenAtMs).toISOString(),
    subject: subjectOf(facts),
    kicker: `Telltale${of.projectId === 'default' ? '' : `, project ${clippedLine(of.projectId)}`} · ${of.form === 'weekly' ? `week to ${longDate(of.date)}` : longDate(of.date)}`,
    headline: isQuiet ? quietHeadline(facts) : headlineOf(facts),
    isQuiet,
    sections: isQuiet ? [threeLines(facts)] : sections,
    foot: foot(facts, hoursOf(facts)),
    numbers: facts.numbers,
    usual,
    ...(missing.length === 0 ? {} : { missing: [...new Set(missing.map(({ part }) => part))] }),
  };
}

/** Nothing waits, nothing is new or ended, nothing failed more than usual, nothing is missing. */
function isQuietDay({ numbers: now, usual }: DayFacts, sections: readonly DigestSection[]): boolean {
  if (sections.some(({ id }) => ['needs_you', 'new', 'resolved'].includes(id))) return false;
  // Who words the summaries is no reason to read on.
  const gaps = sections.find(({ id }) => id === 'gaps')?.items ?? [];
  if (gaps.some((item) => item.kind === 'line' && item.tone === 'warn')) return false;
  if (now.stalled > 0) return false;
  const usually = usual.numbers === null || usual.numbers.runs === 0 ? 0 : usual.numbers.failed / usual.numbers.runs;
  return now.failed === 0 || now.failed / now.runs <= usually;
}

const whatDay = ({ of }: DayFacts) => (of.form === 'weekly' ? 'week' : weekdayName(of.date));

function quietHeadline(facts: DayFacts): string {
  const { runs, failed } = facts.numbers;
  const day = facts.of.form === 'weekly' ? 'week' : 'day';
  if (runs === 0) return `A quiet ${day}: no run started.`;
  if (failed > 0) return `A quiet ${day}: ${plural(runs, 'run')}, no more failed than usual.`;
  return `A quiet ${day}: ${plural(runs, 'run')}, none failed.`;
}

function threeLines(facts: DayFacts): DigestSection {
  const { numbers: now, usual, period } = facts;
  const then = usual.numbers;
  const line = (title: string, path: string): DigestItem => ({
    kind: 'line',
    tone: 'plain',
    title,
    path,
    facts: [],
    text: null,
  });
  const usually = (value: number | null | undefined, write: (n: number) => string) =>
    value == null ? '' : ` (usual ${whatDay(facts)}: ${write(value)})`;
  const took =
    now.p95DurationMs === null
      ? 'no run ended'
      : `the slowest 5% took longer than ${formatDuration(now.p95DurationMs)}`;
  return {
    id: 'quiet',
    title: '',
    note: '',
    items: [
      line(`${plural(now.runs, 'run')}, ${count(now.failed)} failed${usually(then?.runs, count)}`, runsPath(period)),
      line(
        `${plural(now.decisions, 'decision')}, ${count(now.belowThreshold)} below their threshold; ${took}`,
        runsPath(period, { maxConfidence: '1' }),
      ),
      line(`Cost ${cost(now.costUsd)}${usually(then?.costUsd, cost)}`, runsPath(period, { minCostUsd: '0' })),
    ],
    more: null,
  };
}

function headlineOf(facts: DayFacts): string {
  const { numbers: now, usual } = facts;
  const waits = waitsOf(facts);
  const needs = listed(needsInWords(facts, waits));
  const first = needs === '' ? newsInWords(facts) : `${needs}.`;
  const usually = usual.numbers === null || usual.numbers.runs === 0 ? null : usual.numbers.failed / usual.numbers.runs;
  const besides = usually === null ? '' : `, usual is ${percent(usually)}`;
  const second = !isCounted(facts)
    ? 'How many runs there were could not be counted.'
    : now.runs === 0
      ? 'No run started.'
      : now.failed === 0
        ? `Of ${plural(now.runs, 'run')} none failed.`
        : `${count(now.failed)} of ${plural(now.runs, 'run')} failed (${percent(now.failed / now.runs)}${besides}).`;
  return `${first} ${second}`.trim();
}

const isCounted = ({ missing }: DayFacts) => !missing.some(({ part }) => part === 'runs');

function needsInWords(facts: DayFacts, { incidents, waiting, stalled }: Waits): string[] {
  const sum = (groups: Waits['waiting']) => groups.reduce((n, [, runs]) => n + runs.length, 0);
  const letters = facts.deadLetters.reduce((n, one) => n + one.letters, 0);
  const who = waiting.length === 1 ? clippedLine(waiting[0]?.[0] ?? '', 60) : 'someone';
  return [
    ...(incidents.length > 0 ? [`${plural(incidents.length, 'incident is', 'incidents are')} still firing`] : []),
    ...(waiting.length > 0 ? [`${plural(sum(waiting), 'run waits', 'runs wait')} for ${who}`] : []),
    ...(letters > 0 ? [`${plural(letters, 'dead letter waits', 'dead letters wait')} to be replayed`] : []),
    ...(stalled.length > 0 ? [`${plural(sum(stalled), 'run')} went silent`] : []),
  ];
}

/** Nothing waits: what there was. */
function newsInWords(facts: DayFacts): string {
  const ended = facts.incidents.filter(({ isOpen }) => !isOpen).length;
  const fresh = facts.newPatterns.length;
  const news = [
    ...(fresh > 0 ? [plural(fresh, 'new kind of error', 'new kinds of error')] : []),
    ...(ended > 0 ? [`${plural(ended, 'incident')} that ended`] : []),
  ];
  return news.length === 0
    ? 'Nothing waits for you.'
    : `Nothing waits for you; there ${fresh + ended === 1 ? 'was' : 'were'} ${listed(news)}.`;
}

function subjectOf(facts: DayFacts): string {
  const { of, numbers: now } = facts;
  const { incidents, waiting } = waitsOf(facts);
  const waitingRuns = waiting.reduce((n, [, runs]) => n + runs.length, 0);
  const letters = facts.deadLetters.reduce((n, one) => n + one.letters, 0);
  const open = new Set(incidents.map(({ fingerprint }) => fingerprint));
  const fresh = facts.newPatterns.filter(({ fingerprint }) => !open.has(fingerprint)).length;
  const ended = facts.incidents.filter(({ isOpen }) => !isOpen).length;
  const ok = now.runs - now.failed - now.stalled - now.running;
  const share = now.runs === 0 ? '' : ok === now.runs ? ' (all ok)' : ` (${percent(ok / now.runs)} ok)`;
  const parts = [
    ...(incidents.length > 0 ? [`${count(incidents.length)} still firing`] : []),
    ...(waitingRuns > 0 ? [`${plural(waitingRuns, 'run waits', 'runs wait')} for someone`] : []),
    ...(letters > 0 ? [plural(letters, 'dead letter')] : []),
    ...(fresh > 0 ? [`${count(fresh)} new`] : []),
    ...(ended > 0 ? [`${count(ended)} resolved`] : []),
    !isCounted(facts) ? 'runs not counted' : now.runs === 0 ? 'no runs' : `${plural(now.runs, 'run')}${share}`,
    ...(now.costUsd === null ? [] : [cost(now.costUsd)]),
  ];
  const project = of.projectId === 'default' ? 'Telltale' : clippedLine(of.projectId, 60);
  return `${project}, ${of.form === 'weekly' ? 'week to ' : ''}${shortDate(of.date)}: ${parts.join(', ')}`;
}

/** `Friday 00:00 to 24:00, Europe/Paris`; says when the clocks changed. */
function hoursOf({ of, period }: DayFacts): string {
  const begin = localTime(period.fromMs, of.timeZone).clock;
  if (of.form === 'weekly')
    return `${shortDate(addDays(of.date, -6))} ${begin} to ${shortDate(of.date)} 24:00, ${of.timeZone}`;
  const hours = (period.toMs - period.fromMs) / 3_600_000;
  const changed = hours === 24 ? '' : ` (clocks changed: ${hours} hours)`;
  return `${weekdayName(of.date)} ${begin} to 24:00, ${of.timeZone}${changed}`;
}
