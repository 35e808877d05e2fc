import { expect, test } from 'vitest';
import { facts } from '../../test/support/span-facts.ts';
import { rank, runStatus, SILENCE_MS, storedFlags, topSpan } from './run-status.ts';

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

test('a local root ends the run at once: its parent is of another tracer or process and may never come', () => {
  for (const sent of [0x101, 0x301]) {
    const entry = facts('entry', 'elsewhere', { flags: storedFlags(sent, true), startS: 5 });
    const step = facts('step', 'entry', { startS: 6, isError: true });
    expect(runStatus([entry, step], soon)).toBe('ok');
    expect(runStatus([{ ...entry, isError: true }, step], soon)).toBe('error');
    expect(runStatus([step], soon)).toBe('running');
    // A step of the caller is here: the caller sends to us too, and has not ended.
    expect(runStatus([entry, step, facts('of the caller', 'root', { startS: 4 })], soon)).toBe('running');
    // Steps that were announced say more than spans do.
    expect(runStatus([entry, step], soon, [{ state: 'running' }])).toBe('running');
    // The entry of another SDK around it, whose parent is in another process.
    const around = facts('around', 'gateway', { otelKind: 2, startS: 4 });
    expect(topSpan([entry, step, around])).toBe(around);
    expect(runStatus([entry, step, around], soon)).toBe('ok');
  }
});

test('only the collector says of stored flags what a local root is', () => {
  expect(storedFlags(0xffff_ffff, false)).toBe(0xbfff_ffff);
  expect(storedFlags(0x101, false)).toBe(0x101);
  expect(storedFlags(1, true)).toBe(0x4000_0301);
  expect(rank(facts('entry', 'elsewhere', { flags: storedFlags(1, true) }))).toBe(1);
  expect(rank(facts('root', null, { flags: storedFlags(1, true) }))).toBe(0);
});

test('the top span is the root, else the entry, else the earliest; of equals always the same one', () => {
  const root = facts('root', null, { startS: 9 });
  const entry = facts('entry', 'elsewhere', { otelKind: 2, startS: 5 });
  const early = facts('early', 'elsewhere', { startS: 1 });
  expect(topSpan([early, entry, root])).toBe(root);
  expect(topSpan([early, entry])).toBe(entry);
  expect(topSpan([facts('late', 'p', { startS: 2 }), early])).toBe(early);
  const equals = [facts('b', null, { name: 'same' }), facts('a', null, { name: 'same' })];
  expect(topSpan(equals).spanId).toBe('a');
  expect(topSpan([...equals].reverse()).spanId).toBe('a');
});
