// The options of a call with a key, and their checks: a wrong key pays twice or never.
import { expectOptionalFunction, expectOptionalMs, kindOf, misused } from '../expect.ts';
import { at } from '../read.ts';
import type { IdempotencyStore } from './idempotency-store.ts';

export interface KeyOptions {
  /** Names the one action, such as `refund:48213`. Keys of different steps never meet. */
  key: string;
  /** Where keys are kept. Only in tests it may be left out: then keys are in memory. */
  store?: IdempotencyStore | undefined;
  /** How long a key is remembered after its claim. Default 24 hours. */
  ttlMs?: number | undefined;
  /** How long a claim holds without renewal by its process, which renews it three times in that time. Default 5 minutes. */
  leaseMs?: number | undefined;
  /** Longest wait for another process that has the key in flight. Default 10,000. */
  waitMs?: number | undefined;
  /** False: an action that failed is not done again under its key; the caller gets its failure. Default true. */
  retryFailed?: boolean | undefined;
  /**
   * Which failures leave it open whether the action happened: the key is then held until someone decides. It gets what
   * was thrown, or a Response that is an error. Default: `isOutcomeUnknown`. A rule that throws counts as true.
   */
  isOutcomeUnknown?: ((failure: unknown) => boolean) | undefined;
  /** Records the key itself on the span. Default false: keys often hold names and numbers of people. */
  recordKey?: boolean | undefined;
}

/**
 * Part of a key that was put together from something missing. Null is also the name of people and of their mailboxes: a
 * dot or a space before it is no sign of a mistake.
 */
const MISSING_PART =
  /(?:^|[:/|#=._\s-])(?:undefined|NaN)(?:$|[:/|#=._\s-])|(?:^|[:/|#=_-])null(?:$|[:/|#=_-])|\[object \w+\]/;

/** The key as a text. @throws TypeError unless it names one action */
export function expectKey(usage: string, key: unknown): string {
  const what = 'The key must be a text that names the one action, such as `refund:48213`';
  const text = typeof key === 'bigint' || (typeof key === 'number' && Number.isFinite(key)) ? String(key) : key;
  if (typeof text !== 'string') misused(usage, `${what}; it is ${Number.isNaN(key) ? 'NaN' : kindOf(key)}.`);
  if (text.trim() === '') misused(usage, `${what}; it is empty.`);
  if (MISSING_PART.test(text))
    misused(usage, `${what}; a part of it is missing: it holds undefined, null, NaN or [object Object].`);
  return text;
}

/** @throws TypeError naming the option that is wrong */
export function expectKeyOptions(usage: string, options: KeyOptions): void {
  const { store } = options;
  if (store !== undefined && typeof at(store, 'claim') !== 'function')
    misused(usage, 'store must have claim, settle and forget: fileKeys(folder), memoryKeys() or one of your own.');
  expectOptionalMs(usage, options, ['ttlMs', 'leaseMs', 'waitMs']);
  expectOptionalFunction(usage, options, 'isOutcomeUnknown');
}
