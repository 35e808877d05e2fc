import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readModelAnswer } from './answer.ts';
import { retryAfterMs } from './client.ts';

test.each([
  [null, null],
  ['', null],
  ['soon', null],
  ['0', 0],
  ['7', 7000],
  ['-3', 0],
  ['1e9', 3_600_000],
  ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
  ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
])('Retry-After %j is %j ms', (value, ms) => {
  expect(retryAfterMs(value, Date.parse('2026-11-20T12:00:00Z'))).toBe(ms);
});

test('whatever a model sends is of the shape or nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(() => readModelAnswer(text)).not.toThrow();
    }),
  );
  const answer = { headline: 'x', outcome: 'ok', story: [], likely_cause: null, next_check: null };
  expect(readModelAnswer(JSON.stringify({ ...answer, more: 1 }))).toEqual(answer);
  expect(readModelAnswer(JSON.stringify({ ...answer, outcome: 'great' }))).toBeNull();
  expect(readModelAnswer(`\`\`\`json\n${JSON.stringify(answer)}\n\`\`\``)).toBeNull();
});
