// The opening sentences of a pattern's page: what is happening, since when, and what failing runs share. From recorded
// figures only. Pure.
import type { PatternComparison, PatternDetail } from '#contracts/pattern';
import { formatClock, formatCount, plural } from '../format.ts';

type Difference = PatternComparison['differences'][number];
const FACTORS = { version: 'version', model: 'model', tool: 'tool', input: 'input' } as const;

export const percent = ({ count, of }: { count: number; of: number }): string =>
  of === 0 ? 'none' : `${count === 0 || count === of ? (count / of) * 100 : clamp(Math.round((count / of) * 100))}%`;
/** Only all is 100%, only none is 0%. */
const clamp = (value: number) => Math.min(99, Math.max(1, value));

/** `payments-sdk 3.9.0`, `model gpt-4.1`, `input from 12,000 tokens`. */
export function valueInWords({ factor, value }: Pick<Difference, 'factor' | 'value'>): { name: string; value: string } {
  if (factor === 'input') return { name: 'input', value: `${formatCount(Number(value))} tokens or more` };
  const at = factor === 'version' ? value.lastIndexOf(' ') : -1;
  return at < 0 ? { name: FACTORS[factor], value } : { name: value.slice(0, at), value: value.slice(at + 1) };
}

const TENTHS = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
function shareInWords({ count, of }: Difference['failing']): string {
  if (count === of) return `All ${of}`;
  if (of < 10) return `${count} of ${of}`;
  const tenths = Math.round((count / of) * 10);
  const word = TENTHS[tenths];
  return word === undefined || tenths === 0
    ? `${count} of ${of}`
    : `${word.charAt(0).toUpperCase()}${word.slice(1)} in ten`;
}

export function storyOf(detail: PatternDetail, now: Date): string[] {
  const { pattern, comparison, resolved, mute, usualPerDay } = detail;
  const sentences: string[] = [];
  if (pattern.errors === 0)
    sentences.push(`No error of this kind in the time shown; the last was ${formatClock(pattern.lastSeen, now)}.`);
  else {
    const baseline =
      usualPerDay === null ? '' : `; baseline ${usualPerDay === 0 ? 'none' : formatCount(usualPerDay)} a day`;
    sentences.push(`${plural(pattern.errors, 'error')} in ${plural(pattern.runs, 'run')}${baseline}.`);
  }
  const [first] = comparison.differences;
  if (first !== undefined) {
    const words = valueInWords(first);
    const good = first.good.count === 0 ? 'which no good run did' : `which ${percent(first.good)} of the good runs did`;
    const verb = first.factor === 'input' ? 'had an' : 'used';
    sentences.push(`${shareInWords(first.failing)} failing runs ${verb} ${words.name} ${words.value}, ${good}.`);
  }
  if (resolved !== null) {
    const since = pattern.status === 'regressed' ? ', and it has come back since' : '';
    sentences.push(`Resolved by ${resolved.by} at ${formatClock(resolved.at, now)}${since}.`);
  }
  if (mute !== null) {
    const until = mute.until === null ? 'until lifted' : `until ${formatClock(mute.until, now)}`;
    sentences.push(`Muted by ${mute.by} ${until}${mute.why === '' ? '' : `: ${mute.why}`}.`);
  }
  return sentences;
}

const SOURCES: Readonly<Record<PatternDetail['why']['source'], string>> = {
  given: 'the sender (error.fingerprint)',
  exception: 'the exception event',
  status: 'the message of the span status',
  'tool result': 'the result of the tool',
  'finish reason': 'why the model stopped',
  'http status': 'the HTTP status',
  none: 'not recorded any more',
};
export const sourceInWords = (source: PatternDetail['why']['source']): string => SOURCES[source];
