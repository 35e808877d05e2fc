// Bars and their labels, the virtual window and the minimap.
import { describe, expect, it } from 'vitest';
import { attemptsUnder, barOf, waitBefore } from './bars.ts';
import { spanRow } from './fixture.ts';
import { minimapOf } from './minimap.ts';
import { badgeOf, noteOf } from './row-words.ts';
import { treeOf } from './tree.ts';
import { drawnRows, rowWindow, scrollFor } from './window.ts';

const TREE = treeOf([
  spanRow('root', null, 0, 10_000),
  spanRow('pay', 'root', 2000, 6000, { kind: 'tool', isError: true, errorType: 'Timeout' }),
  spanRow('try-1', 'pay', 2000, 1000, { kind: 'tool', isError: true, errorType: 'Timeout', retryAttempt: 0 }),
  spanRow('try-2', 'pay', 5000, 1000, { kind: 'tool', isError: true, errorType: 'Timeout', retryAttempt: 1 }),
  spanRow('risk', 'root', 9000, 10, { service: 'risk-api' }),
]);
const WHOLE = { start: 0, end: 10_000 };
const node = (id: string) => {
  const found = TREE.byId.get(id);
  if (found === undefined) throw new Error(id);
  return found;
};
const bar = (id: string, window = WHOLE, lanePx = 1000, isFolded = false) => barOf(node(id), window, isFolded, lanePx);

describe('bars', () => {
  it('are placed by their time', () => {
    expect(bar('try-1')).toMatchObject({
      x: 20,
      width: 10,
      look: 'error',
      label: '1.00 s · Timeout',
      labelSide: 'right',
    });
    expect(bar('root')).toMatchObject({ x: 0, width: 100, look: 'soft', labelSide: 'inside' });
  });
  it('a parent is soft while its children are shown, and its label says that it failed', () => {
    expect(bar('pay')).toMatchObject({ look: 'soft', label: '6.00 s · failed' });
    expect(bar('pay', WHOLE, 1000, true)?.look).toBe('error');
  });
  it('a very short step is still visible, and stays in the lane at its end', () => {
    expect(bar('risk')?.width).toBeGreaterThan(0.4);
    const last = treeOf([spanRow('a', null, 0, 1000), spanRow('b', 'a', 1000, 0)]).byId.get('b');
    const end = last && barOf(last, { start: 0, end: 1000 }, false, 500);
    expect((end?.x ?? 0) + (end?.width ?? 0)).toBeLessThanOrEqual(100);
  });
  it('outside the window there is none, across its edge it is cut', () => {
    expect(bar('risk', { start: 0, end: 1000 })).toBeNull();
    expect(bar('try-1', { start: 2500, end: 4500 })).toMatchObject({ x: 0, width: 25 });
  });
  it('a label moves left when the right is too narrow, and is shortened when both are', () => {
    expect(bar('risk')?.labelSide).toBe('right');
    expect(bar('risk', WHOLE, 300)?.labelSide).toBe('left');
    expect(bar('try-2', WHOLE, 160)).toMatchObject({ label: '1.00 s' });
  });
  it('a retry shows the wait before it, and its label keeps clear of the wait', () => {
    expect(waitBefore(node('try-2'))).toEqual({ start: 3000, end: 5000 });
    expect(waitBefore(node('try-1'))).toBeNull();
    expect(bar('try-2')?.wait).toEqual([30, 50]);
    expect(attemptsUnder(node('pay'))).toBe(2);
  });
  it('a hop to another service starts where the caller does', () => {
    expect(bar('risk')?.hop).toBe(0);
    expect(bar('try-1')?.hop).toBeNull();
  });
  it('rows say what matters beside the name', () => {
    expect(badgeOf(node('pay'))).toEqual({ tone: 'error', text: '2 attempts' });
    expect(noteOf(node('try-2'))).toBe('attempt 2 of 2');
    expect(badgeOf(node('risk'))).toBeNull();
  });
});

describe('virtual rows', () => {
  it('only those in view and a few around them are drawn', () => {
    expect(rowWindow(0, 520, 26, 10_000)).toEqual({ from: 0, to: 32 });
    expect(rowWindow(259_480, 520, 26, 10_000)).toEqual({ from: 9968, to: 10_000 });
    expect(rowWindow(-5000, 500, 26, 10_000)).toEqual({ from: 0, to: 0 });
    expect(rowWindow(0, 500, 26, 0)).toEqual({ from: 0, to: 0 });
  });
  it('the row with the focus is drawn wherever it is', () => {
    expect(drawnRows({ from: 10, to: 12 }, 3)).toEqual([3, 10, 11]);
    expect(drawnRows({ from: 10, to: 12 }, 11)).toEqual([10, 11]);
    expect(drawnRows({ from: 10, to: 12 }, 90)).toEqual([10, 11, 90]);
  });
  it('scrolling brings a row into view only when it is not', () => {
    expect(scrollFor(5, 26, 0, 520)).toBeNull();
    expect(scrollFor(100, 26, 0, 520)).toBe(2132);
    expect(scrollFor(2, 26, 520, 520)).toBe(26);
  });
});

describe('the minimap', () => {
  it('draws every span of a short run', () => {
    expect(minimapOf([...TREE.byId.values()], TREE.lengthMs).marks).toHaveLength(5);
  });
  it('stays small for 10,000 spans and still shows the one error', () => {
    const spans = Array.from({ length: 10_000 }, (_, i) => spanRow(`s${i}`, null, i, 1, { isError: i === 5000 }));
    const tree = treeOf(spans);
    const { marks, lanes } = minimapOf(tree.roots, tree.lengthMs);
    expect(lanes).toBeLessThanOrEqual(22);
    expect(marks.length).toBeLessThan(4000);
    expect(marks.filter((mark) => mark.isError)).toHaveLength(1);
  });
});
