// Step events in words.
import { expect, it } from 'vitest';
import { chipsOf, retryWords, wordsOf } from './marks.ts';

it.each([
  ['retry', '1 of 3', 'attempt 1 of 3'],
  ['retry', '2 of 3', 'retry 2 of 3'],
  ['circuit', 'open payments', 'circuit payments open'],
  ['circuit', 'half_open payments', 'circuit payments half open'],
  ['circuit', 'closed payments', 'circuit payments closed again'],
  ['dead_letter', 'max_attempts', 'dead letter, after all attempts'],
  ['token_refreshed', 'rejected', 'token refreshed after 401'],
  ['token_refreshed', 'expiring', 'token refreshed'],
  ['degraded', 'fallback risk', 'degraded without risk: fallback used'],
  ['schema_changed', 'total missing', 'schema changed: total missing'],
  ['constraint_failed', 'amountEur', 'value not allowed: amountEur'],
  ['waited', '1.2 s', 'waited 1.2 s for its turn'],
  ['key', 'replayed', 'done before, result reused'],
  ['of_tomorrow', 'x', 'of tomorrow x'],
  ['dead_letter', 'constructor', 'dead letter, constructor'],
])('%s: %s is %s', (code, detail, words) => {
  expect(wordsOf({ code, detail }).text).toBe(words);
});

it('the attempt is shown beside the name, so it is no chip; without an event it counts the attempts made', () => {
  const marks = [
    { code: 'retry', detail: '2 of 3' },
    { code: 'degraded', detail: 'skipped risk' },
  ];
  expect(chipsOf(marks).map(({ text }) => text)).toEqual(['degraded without risk: nothing used instead']);
  expect(retryWords({ retryAttempt: 1, marks }, 2)).toBe('retry 2 of 3');
  expect(retryWords({ retryAttempt: 1, marks: [] }, 2)).toBe('attempt 2 of 2');
});
