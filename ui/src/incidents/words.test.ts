import { expect, it } from 'vitest';
import type { Incident } from '#contracts/incident';
import { extentOf } from './words.ts';

const incident = { evidence: null, count: 12, traces: 9, windowMinutes: 30 } as Incident;
const measured = (words: string) => ({ ...incident, evidence: { unit: 'count', words } }) as Incident;

it('an extent has no full stop, whoever wrote it', () => {
  expect(extentOf(incident)).toBe('12 errors in 9 runs within 30 min');
  expect(extentOf(measured('2 steps met the open circuit within 15 minutes.'))).toBe(
    '2 steps met the open circuit within 15 minutes',
  );
  expect(extentOf(measured('it took 1.5 s'))).toBe('it took 1.5 s');
});
