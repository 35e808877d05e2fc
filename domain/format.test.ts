import { expect, test } from 'vitest';
import { times } from './format.ts';

test('how often, in words', () => {
  expect([1, 2, 3, 1204].map(times)).toEqual(['once', 'twice', '3 times', '1,204 times']);
});
