// The marks of a row: what a step did to get through, from the names of the vocabulary, in words a reader understands.
import type { MarkCode } from '#contracts/mark';
import { writeMark } from '#domain/run/marks';
import type { SpanColumns } from '#storage/span-block';
import { SLOT } from './dialects/dialect.ts';
import type { FieldWire } from './fields/field-wire.ts';
import type { SpanFields } from './fields/span-fields.ts';
import type { Slots } from './slots.ts';

const MOST_PATHS = 4;
const DRIFT_WORDS: Readonly<Record<string, string>> = {
  missing_field: 'missing',
  type_changed: 'type changed',
  enum_changed: 'new value',
  unexpected_field: 'unexpected',
};
/** What a key did is worth a word unless it just let the action run. */
const KEY_STATES: ReadonlySet<string> = new Set(['replayed', 'shared', 'in_flight', 'unknown', 'failed_before']);

const MARKING = [
  SLOT.retryMaxAttempts,
  SLOT.circuitState,
  SLOT.deadLetterReason,
  SLOT.tokenRefresh,
  SLOT.degradationMode,
  SLOT.driftPaths,
  SLOT.rateWaited,
  SLOT.keyStatus,
];

/** Nearly every span has none of these: then this is a few look-ups, and no function is made. */
export function writeMarks(wire: FieldWire, span: SpanFields, slots: Slots, columns: SpanColumns): void {
  for (const slot of MARKING) {
    if (slots.has(slot)) {
      putMarks(wire, span, slots, columns);
      break;
    }
  }
  columns.marks.endRow();
}

function putMarks(wire: FieldWire, span: SpanFields, slots: Slots, columns: SpanColumns): void {
  const list = span.attributes;
  const has = (slot: keyof typeof SLOT): boolean => slots.has(SLOT[slot]);
  const text = (slot: keyof typeof SLOT): string => slots.text(wire, list, SLOT[slot]);
  const put = (code: MarkCode, detail: string): void => {
    // Half a character, where a detail was cut, becomes U+FFFD here.
    const mark = Buffer.from(writeMark(code, detail));
    columns.marks.item(mark, 0, mark.length);
  };
  if (has('retryMaxAttempts') && has('retryAttempt')) {
    const most = slots.number(wire, list, SLOT.retryMaxAttempts) ?? 0;
    const attempt = slots.number(wire, list, SLOT.retryAttempt) ?? -1;
    if (attempt >= 0 && most > 1 && attempt < most) put('retry', `${attempt + 1} of ${most}`);
  }
  if (has('circuitState')) {
    const state = text('circuitState');
    if (state !== 'closed' || has('circuitPrevious')) put('circuit', `${state} ${text('circuitName')}`.trim());
  }
  if (has('deadLetterReason')) put('dead_letter', text('deadLetterReason'));
  if (has('tokenRefresh')) put('token_refreshed', text('tokenRefresh'));
  if (has('degradationMode'))
    put('degraded', `${text('degradationMode')} ${texts(text('degradationOf')).join(', ')}`.trim());
  if (has('driftPaths')) putDrift(texts(text('driftKinds')), texts(text('driftPaths')), put);
  if (has('rateWaited')) putWait(slots.number(wire, list, SLOT.rateWaited), put);
  if (has('keyStatus') && KEY_STATES.has(text('keyStatus'))) put('key', text('keyStatus'));
}

/** A value that breaks a rule of the schema leaves its shape as it was: that is a mark of its own, and no drift. */
function putDrift(
  kinds: readonly string[],
  paths: readonly string[],
  put: (code: MarkCode, detail: string) => void,
): void {
  const isRule = paths.map((_, i) => kinds[i] === 'constraint_failed');
  const changed = paths.flatMap((path, i) => (isRule[i] ? [] : [`${path} ${wordOf(kinds[i] ?? '')}`.trim()]));
  const failed = paths.filter((_, i) => isRule[i]);
  if (changed.length > 0) put('schema_changed', someOf(changed));
  if (failed.length > 0) put('constraint_failed', someOf(failed));
}

/** `total missing, status type changed and 2 more`. */
function someOf(all: readonly string[]): string {
  const more = all.length - MOST_PATHS;
  return `${all.slice(0, MOST_PATHS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const wordOf = (kind: string): string => (Object.hasOwn(DRIFT_WORDS, kind) ? (DRIFT_WORDS[kind] ?? '') : kind);

function putWait(seconds: number | null, put: (code: MarkCode, detail: string) => void): void {
  if (seconds === null || seconds <= 0) return;
  put('waited', seconds < 1 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${Math.round(seconds * 10) / 10} s`);
}

/** A list of texts as its JSON form; anything else is one text. */
function texts(json: string): string[] {
  if (json === '') return [];
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed.map(String) : [json];
  } catch {
    return [json];
  }
}
