// A few runs worth reading, in the words of their own summary; and what is not known of the day. Pure.
import type { DigestItem, DigestSection } from '#contracts/digest';
import { formatDuration, plural } from '#domain/format';
import { textOf } from '#domain/run/story/words';
import { writeSummary } from '#domain/run/story/write-summary';
import { reasonOf } from '#storage/set-aside';
import { type DayFacts, DIGEST_PARTS, type StoryReason } from './day-facts.ts';
import { section } from './needs-you.ts';
import { clippedLine, clockIn, cost, count, runsPath, tracePath } from './words.ts';

const BEFORE: Record<StoryReason, string> = {
  failed: '',
  handed_over: '',
  dearest: 'Dearest run: ',
  longest: 'Longest run: ',
};
const SENTENCES = 2;
const GAPS_SHOWN = 5;

export function stories(facts: DayFacts, limit: number): DigestSection | null {
  const items = facts.stories.map(({ why, of: { run, facts: runFacts } }): DigestItem => {
    const story = writeSummary(runFacts);
    // The headline has the outcome; what led there is in the middle.
    const middle = story.sentences.length > SENTENCES ? story.sentences.slice(1, 1 + SENTENCES) : story.sentences;
    return {
      kind: 'line',
      tone: 'plain',
      title: clippedLine(`${BEFORE[why]}${story.headline}`, 120),
      path: tracePath(run.traceId),
      facts: [
        clippedLine(run.agent ?? run.service, 60),
        clockIn(Date.parse(run.startTime), facts.period, facts.of.timeZone),
        formatDuration(run.durationMs),
        ...(run.costUsd === null ? [] : [cost(run.costUsd)]),
      ],
      text: clippedLine(middle.map(textOf).join(' '), 320) || null,
    };
  });
  return section('stories', 'Runs worth reading', items, limit, runsPath(facts.period));
}

const SKIPPED_PATH = '/settings/skipped';

/** What is missing from the figures, as far as stored data shows. */
export function gaps(facts: DayFacts): DigestSection | null {
  const { intake, period, of, numbers, budgetUsedUpMs, damage } = facts;
  const gap = (title: string, path: string, text: string | null, tone: 'warn' | 'plain' = 'warn'): DigestItem => ({
    kind: 'line',
    tone,
    title,
    path,
    facts: [],
    text,
  });
  const at = (ms: number) => clockIn(ms, period, of.timeZone);
  const items = [
    ...facts.missing.map(({ part, reason }) =>
      gap(
        `Left out, because it could not be read: ${DIGEST_PARTS[part]}`,
        SKIPPED_PATH,
        `${clippedLine(reason, 200)} When it works again, write this digest anew: \`telltale digest --again\`.`,
      ),
    ),
    ...(facts.unread.length > 0
      ? [
          gap(
            `${plural(facts.unread.length, 'run')} could not be read, and ${facts.unread.length === 1 ? 'is' : 'are'} left out`,
            tracePath(facts.unread[0]?.traceId ?? ''),
            clippedLine(reasonOf(facts.unread[0]?.error), 200),
          ),
        ]
      : []),
    ...(damage === null ? [] : [gap('Stored data is damaged, so figures may be too low', '/api/status', damage)]),
    ...(intake?.down ?? []).map(({ fromMs, toMs }) =>
      gap(
        `No collector was running from ${at(fromMs)} to ${toMs === period.toMs ? '24:00' : at(toMs)}`,
        runsPath({ fromMs, toMs }),
        `For ${formatDuration(toMs - fromMs)} nothing could be received. Agents keep what they cannot send for a while, so part of it may have come later.`,
      ),
    ),
    ...(intake !== null && intake.rejected > 0
      ? [
          gap(
            `${plural(intake.rejected, 'span')} refused`,
            SKIPPED_PATH,
            'They were malformed, or larger than allowed; the page says which sender has to do what.',
          ),
        ]
      : []),
    ...(intake !== null && intake.quarantined > 0
      ? [
          gap(
            `${plural(intake.quarantined, 'row')} set aside, because storage refused them`,
            SKIPPED_PATH,
            '`telltale quarantine list` says why.',
          ),
        ]
      : []),
    ...(intake !== null && intake.lost > 0
      ? [
          gap(
            `${plural(intake.lost, 'row')} lost after the 200`,
            SKIPPED_PATH,
            'Their file in the spool was deleted or cut before it was inserted; `telltale quarantine list` says which.',
          ),
        ]
      : []),
    ...(numbers.runsOfUnknownCost > 0
      ? [
          gap(
            `The cost of ${plural(numbers.runsOfUnknownCost, 'run')} is not known`,
            runsPath(period),
            'They called a model that reports no cost and has no price here.',
          ),
        ]
      : []),
    ...(budgetUsedUpMs === null
      ? []
      : [
          gap(
            `The budget for LLM summaries was used up at ${at(budgetUsedUpMs)}`,
            '/api/status',
            'Later runs are summarized by the template, which changes no figure. TELLTALE_SUMMARY_DAILY_USD says how much a day (UTC) may cost.',
            'plain',
          ),
        ]),
  ];
  const found = section('gaps', 'Not in these figures', items, GAPS_SHOWN, '/api/status');
  return found;
}

/** The small print: hours, counts, and what cannot be known. */
export function foot(facts: DayFacts, hours: string): string[] {
  const { numbers, intake, damage } = facts;
  const refused = intake === null ? 'refused spans not counted' : `${count(intake.rejected)} refused`;
  const isComplete =
    damage === null &&
    facts.missing.length + facts.unread.length === 0 &&
    intake !== null &&
    intake.down.length === 0 &&
    intake.rejected + intake.quarantined + intake.lost === 0;
  const completeness =
    intake === null && damage === null
      ? 'Whether a collector was down is not known.'
      : isComplete
        ? 'Everything that arrived is counted.'
        : 'Part of the data is missing, see above.';
  const muted = facts.incidents.filter(({ isMuted }) => isMuted).length;
  return [
    `${hours}. ${plural(numbers.spans, 'span')}, ${refused}, ${count(numbers.lateSpans)} over 15 minutes late${muted > 0 ? `, ${plural(muted, 'muted incident')} without notification` : ''}. ${completeness}`,
    'What an agent dropped before sending is not known here. Written from facts, no AI.',
  ];
}
