import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalOf, flatten, membersOf, mergeChanges } from '#domain/pattern/aliases';

const aliases = new Map([
  ['b', 'a'],
  ['c', 'b'],
  ['x', 'y'],
]);

function applied(before: ReadonlyMap<string, string>, changes: ReadonlyMap<string, string | null>) {
  const after = new Map(before);
  for (const [id, of] of changes) {
    if (of === null) after.delete(id);
    else after.set(id, of);
  }
  return after;
}

describe('patterns that people merged', () => {
  it('count as one, however many steps lead there', () => {
    expect(['a', 'b', 'c', 'd'].map((each) => canonicalOf(aliases, each))).toEqual(['a', 'a', 'a', 'd']);
    expect(membersOf(aliases, 'c')).toEqual(['a', 'b', 'c']);
    expect(membersOf(aliases, 'd')).toEqual(['d']);
  });

  it('bring along what was merged into them before', () => {
    const after = applied(aliases, mergeChanges(aliases, 'y', ['a']));
    expect(membersOf(after, 'b')).toEqual(['y', 'a', 'b', 'c', 'x']);
  });

  it('have one name, also when two people merged them both ways', () => {
    const circle = new Map([
      ['b', 'a'],
      ['a', 'b'],
      ['c', 'b'],
    ]);
    expect(['a', 'b', 'c'].map((each) => canonicalOf(circle, each))).toEqual(['a', 'a', 'a']);
    expect(membersOf(circle, 'c')).toEqual(['a', 'b', 'c']);
    expect([...flatten(circle)]).toEqual([
      ['b', 'a'],
      ['c', 'a'],
    ]);
    expect(membersOf(applied(circle, mergeChanges(circle, 'c', ['d'])), 'd')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are one after any merge, and what was apart from them stays apart', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name)), name, name, (pairs, into, other) => {
        const before = new Map(pairs.filter(([a, b]) => a !== b));
        const touched = new Set([...membersOf(before, into), ...membersOf(before, other)]);
        const after = applied(before, mergeChanges(before, into, [other]));
        for (const each of ['a', 'b', 'c', 'd', 'e', 'f']) {
          const is = canonicalOf(after, each);
          expect(is).toBe(touched.has(each) ? canonicalOf(before, into) : canonicalOf(before, each));
        }
      }),
    );
  });
});
