import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PatternDetail } from '#contracts/pattern';
import { storyOf, valueInWords } from './story.ts';
import { templateParts } from './template.ts';

describe('a normalized message', () => {
  it('shows variable parts in words', () => {
    expect(templateParts('POST <url example.com> failed after <n> (order <id>)')).toEqual([
      { text: 'POST ', isMasked: false },
      { text: 'url at example.com', isMasked: true },
      { text: ' failed after ', isMasked: false },
      { text: 'number', isMasked: true },
      { text: ' (order ', isMasked: false },
      { text: 'id', isMasked: true },
      { text: ')', isMasked: false },
    ]);
  });

  it('keeps all other text as it is, also what looks like markup', () => {
    expect(templateParts('<img src=x>')).toEqual([{ text: '<img src=x>', isMasked: false }]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const kept = templateParts(text).filter(({ isMasked }) => !isMasked);
        return kept.every((part) => text.includes(part.text));
      }),
    );
  });
});

describe('the summary of a pattern', () => {
  const detail = {
    pattern: { errors: 23, runs: 14, status: 'ongoing', lastSeen: '2026-11-20T13:40:57Z' },
    usualPerDay: 2,
    comparison: {
      differences: [
        { factor: 'version', value: 'payments-sdk 3.9.0', failing: { count: 13, of: 14 }, good: { count: 0, of: 412 } },
      ],
    },
    resolved: null,
    mute: null,
  } as unknown as PatternDetail;
  const now = new Date('2026-11-20T13:41:00Z');

  it('says how often, and what failing runs share', () => {
    expect(storyOf(detail, now)).toEqual([
      '23 errors in 14 runs; baseline 2 a day.',
      'Nine in ten failing runs used payments-sdk 3.9.0, which no good run did.',
    ]);
  });

  it('says who resolved it, and that it came back', () => {
    const again = {
      ...detail,
      pattern: { ...detail.pattern, status: 'regressed' as const },
      resolved: { at: '2026-11-18T10:00:00Z', by: 'Ines' },
    };
    expect(storyOf(again, now).at(-1)).toMatch(/^Resolved by Ines at 18 Nov, \d\d:00, and it has come back since\.$/);
  });

  it('names a model as a model', () => {
    expect(valueInWords({ factor: 'model', value: 'gpt 4' })).toEqual({ name: 'model', value: 'gpt 4' });
  });
});
