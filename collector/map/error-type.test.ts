import fc from 'fast-check';
import { expect, it } from 'vitest';
import { typeOfError } from './error-type.ts';

it.each([
  ['TimeoutError', 'Error', 'KeyError: x', 'TimeoutError'],
  ['unknown', 'AI_APICallError', '', 'AI_APICallError'],
  ['unknown', '', 'RateLimitError: slow down', 'RateLimitError'],
  ['', '', 'openai.RateLimitError: slow down', 'openai.RateLimitError'],
  ['', 'Error', 'Error: 429 Rate limit reached', '429'],
  ['', '', 'Error code: 503 - busy', '503'],
  ['', 'Error', 'no more words', 'Error'],
  ['unknown', '', 'no more words', 'unknown'],
  ['', '', '4290 rows', ''],
  ['', '', 'order 404 is missing', ''],
])('of %j, %j and %j is %j', (said, exception, message, type) => {
  expect(typeOfError(said, exception, message)).toBe(type);
});

it('takes any text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string({ unit: 'binary', maxLength: 500 }), (said, exception, message) => {
      const type = typeOfError(said, exception, message);
      expect(said + exception + message).toContain(type);
    }),
  );
});
