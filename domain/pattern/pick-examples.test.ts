import { expect, it } from 'vitest';
import { pickExamples } from './pick-examples.ts';

const run = (id: number, over = {}) => ({
  id,
  agent: 'a',
  version: '1',
  model: 'm',
  fingerprint: 'f',
  message: `order ${id}`,
  ...over,
});
const ids = (runs: readonly { id: number }[]) => runs.map(({ id }) => id);

it('examples are the newest, and then those that differ from them', () => {
  const runs = [run(1), run(2), run(3), run(4, { version: '2' }), run(5, { agent: 'b', message: 'no route' }), run(6)];
  expect(ids(pickExamples(runs, 3))).toEqual([1, 4, 5]);
});

it('examples that are all alike are the newest', () => {
  expect(ids(pickExamples([run(1), run(2), run(3)], 2))).toEqual([1, 2]);
  expect(pickExamples([], 3)).toEqual([]);
});
