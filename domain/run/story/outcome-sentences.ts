// Sentences about the two ends of a run: what was asked, and how it came out. Pure.
import type { RunFacts } from '#contracts/run-facts';
import { clip } from '../../clip.ts';
import { formatDuration, formatExact } from '../../format.ts';
import { type Draft, it, type Piece, plain, quoted, say } from './draft.ts';
import { WEIGHT } from './weights.ts';
import { bare, costInWords } from './words.ts';

const QUOTE_CHARS = 140;

/** A quotation that ends with its own mark needs no full stop of ours. */
function quotation(text: string): Piece[] {
  const short = clip(text, QUOTE_CHARS);
  return [...quoted(short), plain(/[.?!…。？！]$/u.test(short) ? '' : '.')];
}

export function askedSentences({ asked }: RunFacts): Draft[] {
  if (asked === null) return [];
  return [
    { pieces: [...say`${it} was asked: `, ...quotation(asked.text)], spanIds: [asked.spanId], weight: 0, atMs: 0 },
  ];
}

export function answeredSentences({ answered, durationMs }: RunFacts): Draft[] {
  if (answered === null) return [];
  return [
    {
      pieces: [...say`${it} answered: `, ...quotation(answered.text)],
      spanIds: [answered.spanId],
      weight: WEIGHT.answered,
      atMs: durationMs,
    },
  ];
}

/** What stopped it, and who it was handed to. */
export function stopSentences({ stop, who, escalations }: RunFacts): Draft[] {
  if (stop === null) return [];
  const subject = stop.who === who.name ? it : stop.who;
  const [handed] = escalations;
  const target = handed === undefined ? [] : say`, and the run was handed to ${handed.target}`;
  return [
    {
      pieces: [...say`${subject} was stopped (${bare(stop.reason)})`, ...target, plain('.')],
      spanIds: [stop.spanId, ...(handed === undefined ? [] : [handed.spanId])],
      isError: true,
      weight: WEIGHT.stop,
      atMs: stop.atMs,
    },
  ];
}

const MAX_HANDOVERS = 2;

/** Handovers that no other sentence reports, with why. @param cited span ids of the other sentences */
export function escalationSentences(facts: RunFacts, cited: ReadonlySet<string>): Draft[] {
  return facts.escalations
    .filter(({ spanId }) => !cited.has(spanId))
    .slice(-MAX_HANDOVERS)
    .map(({ spanId, atMs, target, reason }) => ({
      pieces: [...say`The run was handed to ${target}`, ...(reason === null ? [] : say`: ${bare(reason)}`), plain('.')],
      spanIds: [spanId],
      weight: WEIGHT.escalation,
      atMs,
    }));
}

export function openSentences({ open, outcome, durationMs }: RunFacts): Draft[] {
  if (open === null) return [];
  const spanIds = [open.spanId];
  const draft = (pieces: Piece[]): Draft[] => [{ pieces, spanIds, weight: WEIGHT.open, atMs: durationMs }];
  if (open.isWaiting) {
    const whom = open.waitingFor === null ? 'an answer' : open.waitingFor;
    const ours = open.waitingFor === null ? [plain(whom)] : say`${whom}`;
    const why = open.reason === null ? [] : say`: ${open.step} ${bare(open.reason)}`;
    const state = outcome === 'stalled' ? 'went silent while waiting for ' : 'is waiting for ';
    return draft([...say`${it} `, plain(state), ...ours, ...why, plain('.')]);
  }
  const place = open.isOver ? say` after ${open.step}` : say` in ${open.step}`;
  if (outcome === 'stalled') return draft([...say`${it} went silent`, ...place, plain('.')]);
  return draft(open.isOver ? say`The last step that ended is ${open.step}.` : say`${it} is in ${open.step} now.`);
}

const ENDED: Readonly<Record<RunFacts['outcome'], string>> = {
  running: 'has run for',
  waiting: 'has run for',
  stalled: 'was last seen after',
  failed: 'failed after',
  stopped: 'ended after',
  escalated: 'finished in',
  degraded: 'finished in',
  recovered: 'finished in',
  ok: 'finished in',
};
/** A step is worth naming from this share of the run on. */
const LARGE_SHARE = 0.4;

/** How it ended, how long it took and where, what it cost. */
export function endSentence(facts: RunFacts): Draft {
  const { outcome, durationMs, slowest, usage, who } = facts;
  const spanIds = [who.spanId];
  const pieces = [plain(`The run ${ENDED[outcome]} ${formatDuration(durationMs)}`)] as Piece[];
  if (
    slowest !== null &&
    durationMs >= 1 &&
    slowest.durationMs >= LARGE_SHARE * durationMs &&
    slowest.durationMs <= durationMs
  ) {
    pieces.push(plain(`, ${formatDuration(slowest.durationMs)} of it in `), ...say`${slowest.step}`);
    spanIds.push(slowest.spanId);
  }
  const used = usageInWords(usage);
  if (used !== null) {
    pieces.push(plain(used));
    spanIds.push(...usage.spanIds.slice(0, 3));
  }
  pieces.push(plain('.'));
  return { pieces, spanIds, isError: outcome === 'failed' || outcome === 'stopped', weight: 1000, atMs: durationMs };
}

function usageInWords({ tokensIn, tokensOut, costUsd }: RunFacts['usage']): string | null {
  const tokens = [
    ...(tokensIn === null ? [] : [`${formatExact(tokensIn)} tokens in`]),
    ...(tokensOut === null ? [] : [`${formatExact(tokensOut)}${tokensIn === null ? ' tokens' : ''} out`]),
  ].join(' and ');
  if (costUsd !== null) return `, and cost ${costInWords(costUsd)}${tokens === '' ? '' : ` for ${tokens}`}`;
  return tokens === '' ? null : `, and used ${tokens}`;
}
