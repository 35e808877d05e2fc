// Step events in words: the chip beside a step, and the sentence about it. Unknown codes of a newer server are shown as sent.
import type { Mark } from '#contracts/mark';
import type { SpanRow } from '#contracts/span';

export interface MarkWords {
  readonly tone: 'low' | 'plain';
  readonly text: string;
}

const CIRCUIT: Readonly<Record<string, string>> = { open: 'open', half_open: 'half open', closed: 'closed again' };
const KEY: Readonly<Record<string, string>> = {
  replayed: 'done before, result reused',
  shared: 'shared with a call under way',
  in_flight: 'in flight elsewhere',
  unknown: 'outcome unknown',
  failed_before: 'failed before',
};
const MODE: Readonly<Record<string, string>> = {
  fallback: 'fallback used',
  cached: 'last good answer used',
  skipped: 'nothing used instead',
  partial: 'the rest goes on',
};
const REASON: Readonly<Record<string, string>> = {
  max_attempts: 'after all attempts',
  rejected: 'refused',
  invalid: 'invalid',
  expired: 'too late',
};
const lookUp = (words: Readonly<Record<string, string>>, key: string): string =>
  Object.hasOwn(words, key) ? (words[key] ?? key) : key.replaceAll('_', ' ');

/** The first word of a detail, and what follows it. */
function split(detail: string): [first: string, rest: string] {
  const space = detail.indexOf(' ');
  return space < 0 ? [detail, ''] : [detail.slice(0, space), detail.slice(space + 1)];
}

/** The text of a step event; it may contain untrusted names. */
export function wordsOf({ code, detail }: Mark): MarkWords {
  const [first, rest] = split(detail);
  const plain = (text: string): MarkWords => ({ tone: 'plain', text: text.trim() });
  const low = (text: string): MarkWords => ({ tone: 'low', text: text.trim() });
  switch (code) {
    case 'retry':
      return plain(first === '1' ? `attempt ${detail}` : `retry ${detail}`);
    case 'circuit':
      return first === 'closed'
        ? plain(`circuit ${rest} closed again`)
        : low(`circuit ${rest} ${lookUp(CIRCUIT, first)}`);
    case 'dead_letter':
      return low(`dead letter, ${lookUp(REASON, detail)}`);
    case 'token_refreshed':
      return plain(`token refreshed${detail === 'rejected' ? ' after 401' : ''}`);
    case 'degraded':
      return low(`degraded${rest === '' ? '' : ` without ${rest}`}: ${lookUp(MODE, first)}`);
    case 'schema_changed':
      return low(`schema changed: ${detail}`);
    case 'constraint_failed':
      return low(`value not allowed: ${detail}`);
    case 'waited':
      return plain(`waited ${detail} for its turn`);
    case 'key':
      return plain(lookUp(KEY, detail));
    default:
      return plain(`${code.replaceAll('_', ' ')} ${detail}`);
  }
}

/** The chips beside a step's name: every event but the attempt, which is already shown there. */
export const chipsOf = (marks: readonly Mark[]): MarkWords[] =>
  marks.filter(({ code }) => code !== 'retry').map(wordsOf);

/** `retry 2 of 3`: of the maximum where the agent reports it, else of the attempts made. */
export function retryWords(span: Pick<SpanRow, 'retryAttempt' | 'marks'>, made: number): string {
  const mark = span.marks.find(({ code }) => code === 'retry');
  return mark === undefined ? `attempt ${(span.retryAttempt ?? 0) + 1} of ${made}` : wordsOf(mark).text;
}
