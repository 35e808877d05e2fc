import { expect, test } from 'vitest';
import { facts } from '../test/support/span-facts.ts';
import { runStatus, SILENCE_MS, topSpan } from './run-status.ts';

const received = facts('x', null).receivedAtMs;
const soon = received + 1000;
const later = received + SILENCE_MS;

test('a run whose root has arrived is over: it failed when the root failed, whatever its steps did', () => {
  const failedStep = facts('step', 'root', { isError: true });
  expect(runStatus([facts('root', null), failedStep], soon)).toBe('ok');
  expect(runStatus([facts('root', null, { isError: true }), facts('step', 'root')], soon)).toBe('error');
});

test('without a root it runs while spans arrive, and is stalled after five silent minutes', () => {
  const step = facts('step', 'root');
  expect(runStatus([step], soon)).toBe('running');
  expect(runStatus([step], later - 1)).toBe('running');
  expect(runStatus([step], later)).toBe('stalled');
});

test('the last arrival counts, not the first', () => {
  const spans = [facts('a', 'root'), facts('b', 'root', { receivedAtMs: later })];
  expect(runStatus(spans, later + 1)).toBe('running');
});

test('a span whose parent is in another process ends the run when nothing more comes', () => {
  for (const over of [{ flags: 0x301 }, { otelKind: 2 }, { otelKind: 5 }]) {
    const entry = facts('entry', 'elsewhere', over);
    expect(runStatus([entry, facts('step', 'entry')], soon)).toBe('running');
    expect(runStatus([entry], later)).toBe('ok');
    expect(runStatus([{ ...entry, isError: true }], later)).toBe('error');
  }
  // Bit 9 alone, or bit 8 alone, does not say that the parent is remote.
  for (const flags of [0x100, 0x200, 0x0ff]) expect(runStatus([facts('a', 'p', { flags })], later)).toBe('stalled');
});

test('the top span is the root, else the entry, else the earliest; of equals always the same one', () => {
  const root = facts('root', null, { startS: 9 });
  const entry = facts('entry', 'elsewhere', { otelKind: 2, startS: 5 });
  const early = facts('early', 'elsewhere', { startS: 1 });
  expect(topSpan([early, entry, root])).toBe(root);
  expect(topSpan([early, entry])).toBe(entry);
  expect(topSpan([facts('late', 'p', { startS: 2 }), early])).toBe(early);
  const twins = [facts('b', null, { name: 'twin' }), facts('a', null, { name: 'twin' })];
  expect(topSpan(twins).spanId).toBe('a');
  expect(topSpan([...twins].reverse()).spanId).toBe('a');
});
