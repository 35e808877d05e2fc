import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PatternText, similarPatterns } from './similar-patterns.ts';
import { alignWords, isNaming, weightOf, wordsOf } from './word-alignment.ts';

let number = 0;
const pattern = (template: string, more: Partial<PatternText> = {}): PatternText => ({
  fingerprint: `f${String(number++).padStart(6, '0')}`,
  errorType: 'ToolError',
  agent: 'refund-desk',
  step: 'lookup',
  template,
  ...more,
});

describe('similarPatterns', () => {
  it('suggests what differs in free text, and says where', () => {
    const a = pattern('customer Ann Smith has no open order in this shop');
    const b = pattern('customer Jürgen has no open order in this shop');
    const c = pattern('the warehouse is closed on Sundays');
    expect(similarPatterns([c, b, a])).toEqual([
      {
        fingerprints: [a.fingerprint, b.fingerprint],
        score: 0.842,
        template: 'customer <*> has no open order in this shop',
        differences: [['Ann Smith', 'Jürgen']],
      },
    ]);
  });

  it('suggests the same message from two places in the code, with score 1', () => {
    const [found, ...more] = similarPatterns([pattern('socket hang up'), pattern('socket hang up')]);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ score: 1, template: 'socket hang up', differences: [] });
  });

  it('compares languages without spaces by character', () => {
    const [found] = similarPatterns([pattern('找不到客户张伟的未完成订单'), pattern('找不到客户王芳的未完成订单')]);
    expect(found?.differences).toEqual([['张 伟', '王 芳']]);
  });

  it.each([
    ['a status', 'Request failed with status code 429', 'Request failed with status code 500'],
    [
      'an acronym',
      'Limit reached on tokens per min (TPM): Limit <n>',
      'Limit reached on tokens per min (RPM): Limit <n>',
    ],
    ['a code', 'connect to the server failed with ECONNRESET', 'connect to the server failed with ECONNREFUSED'],
    ['an identifier', 'the column user_id does not exist here', 'the column order_id does not exist here'],
    [
      'a word of the sentence',
      'rate limit of <n> input tokens per minute',
      'rate limit of <n> output tokens per minute',
    ],
    ['its first word', 'Expected a string in this place', 'Unexpected a string in this place'],
    ['nearly everything', 'nothing to see', 'something went wrong again'],
    ['all but masks', '<n> <n> <n> <n> lost', '<n> <n> <n> <n> found'],
  ])('does not suggest messages that differ in %s', (_what, a, b) => {
    expect(similarPatterns([pattern(a), pattern(b)])).toEqual([]);
  });

  it.each(['agent', 'step', 'errorType'] as const)('does not compare across %s', (field) => {
    expect(similarPatterns([pattern('socket hang up'), pattern('socket hang up', { [field]: 'other' })])).toEqual([]);
  });

  it('takes a chain apart whose ends do not look alike', () => {
    const words = 'one two three four five six seven eight nine ten eleven twelve'.split(' ');
    const chain = words.slice(0, 8).map((_, i) => pattern(words.slice(i, i + 5).join(' ')));
    for (const { score, template } of similarPatterns(chain)) {
      expect(score).toBeGreaterThanOrEqual(0.6);
      expect(template.replaceAll('<*>', '').trim()).not.toBe('');
    }
  });

  const word = fc.constantFrom(
    'order',
    'not',
    'found',
    'for',
    'Ann',
    'Bob',
    '<n>',
    '<id>',
    '429',
    'ERR_X',
    '订单',
    '(',
    '<',
  );
  const patterns = fc.array(
    fc.record({
      fingerprint: fc.stringMatching(/^[0-9a-f]{2}$/),
      errorType: fc.constantFrom('', 'E'),
      template: fc.array(word, { maxLength: 8 }).map((words) => words.join(' ')),
      agent: fc.constantFrom('', 'a'),
      step: fc.constant('s'),
    }),
    { maxLength: 25 },
  );

  it('answers the same whatever the order and however often a pattern is given', () => {
    const shuffled = patterns.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }), fc.subarray(list)),
    );
    fc.assert(
      fc.property(shuffled, ([list, other, again]) => {
        expect(similarPatterns([...other, ...again])).toEqual(similarPatterns(list));
      }),
    );
  });

  it('puts a pattern into at most one group of its scope, and says of each group what it shares', () => {
    fc.assert(
      fc.property(patterns, (list) => {
        const scopeOf = (fingerprint: string) =>
          list.filter((of) => of.fingerprint === fingerprint).map(({ agent, errorType }) => `${agent} ${errorType}`);
        const found = similarPatterns(list);
        for (const { fingerprints, score, template, differences } of found) {
          expect(fingerprints.length).toBeGreaterThan(1);
          expect([...fingerprints].sort()).toEqual(fingerprints);
          expect(new Set(fingerprints).size).toBe(fingerprints.length);
          expect(score).toBeGreaterThanOrEqual(0.6);
          expect(score).toBeLessThanOrEqual(1);
          expect(template.split('<*>').length - 1).toBe(differences.length);
          for (const texts of differences) expect(texts.join('')).not.toBe('');
          const shared = fingerprints.map(scopeOf).reduce((a, b) => a.filter((scope) => b.includes(scope)));
          expect(shared).not.toEqual([]);
        }
        const places = found.flatMap(({ fingerprints }) => fingerprints);
        for (const place of new Set(places))
          expect(places.filter((other) => other === place).length).toBeLessThanOrEqual(new Set(scopeOf(place)).size);
      }),
    );
  });

  it('suggests fewer, not other members when it is stricter with a pair', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.array(word, { maxLength: 8 }), (a, b) => {
        const pair = [pattern(a.join(' ')), pattern(b.join(' '))];
        if (similarPatterns(pair, 0.9).length > 0) expect(similarPatterns(pair, 0.6).length).toBe(1);
      }),
    );
  });

  it('compares thousands of patterns of one step with their neighbours only', () => {
    const many = Array.from({ length: 1500 }, (_, i) =>
      pattern(`user ${String.fromCharCode(65 + (i % 26))}${'x'.repeat(1 + (i % 60))} has no open order in this shop`),
    );
    expect(similarPatterns(many)).toHaveLength(1);
  });
});

describe('alignWords', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', '<n>'), { maxLength: 10 });

  it('gives both texts back', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const { common, gapsA, gapsB } = alignWords(a, b);
        const rebuild = (gaps: readonly (readonly string[])[]) =>
          gaps.flatMap((gap, i) => [...gap, ...common.slice(i, i + 1)]);
        expect(rebuild(gapsA)).toEqual(a);
        expect(rebuild(gapsB)).toEqual(b);
      }),
    );
  });

  it('finds as much in common from either side', () => {
    fc.assert(fc.property(words, words, (a, b) => alignWords(a, b).common.length === alignWords(b, a).common.length));
  });

  it('reads masks as one word that says nothing, and knows the words of code', () => {
    expect(wordsOf('POST <url example.com>: "a-b" (<n>)')).toEqual(['POST', '<url example.com>', 'a-b', '<n>']);
    expect(weightOf(['POST', '<url example.com>', '<n>'])).toBe(1);
    expect(['429', 'TPM', 'rate_limit', 'maxTokens', 'a.b', 'ERR_X'].every(isNaming)).toBe(true);
    expect(['Ann', 'order', '<n>', 'A', 'well-known', '订'].some(isNaming)).toBe(false);
  });
});
