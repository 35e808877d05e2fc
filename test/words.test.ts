// The project's private words do not come back: their number in each module, and in what users see, only falls.
import { describe, expect, it } from 'vitest';
import { above, countWords, isCounted, visibleText, wordsByModule, wordsUsersSee } from './support/private-words.ts';
import type { SourceFile } from './support/source-rules.ts';
import { readText, TRACKED } from './support/tracked-files.ts';

/** The most occurrences that a module may have; every other module has none. Lower a number when words are gone. */
const MODULE_MAXIMA: Readonly<Record<string, number>> = {
  // Stored values and keys, a folder of older versions, and the vocabulary of summaries.
  alerting: 24,
  collector: 1,
  contracts: 3,
  'query-api': 1,
  storage: 5,
  test: 1,
  ui: 6,
};

/** The same for files that users see: none. */
const VISIBLE_MAXIMA: Readonly<Record<string, number>> = {};

const FILES: readonly SourceFile[] = TRACKED.filter(isCounted).map((file) => ({ file, text: readText(file) }));

/** With each offender in the message. */
const expectNone = (offenses: readonly string[]) => expect(offenses, offenses.join('\n')).toEqual([]);

describe('the private words', () => {
  it('are at most as many as before in each module', () => expectNone(above(wordsByModule(FILES), MODULE_MAXIMA)));

  it('are at most as many as before in what users see', () => expectNone(above(wordsUsersSee(FILES), VISIBLE_MAXIMA)));
});

// Put together here, so that this file has none of them.
const [TOLD, DOOR, OWED] = ['to' + 'ld', 'do' + 'or', 'ow' + 'ed'];

describe('an offender', () => {
  it('is counted in any case, as a whole word', () => {
    expect(countWords(`${TOLD} at the ${DOOR}s; ${OWED}.`)).toBe(3);
    expect(countWords('Telltale has stolen an indoor tall recommendation')).toBe(0);
  });

  it('is caught in a module without words, and in one with more than its maximum', () => {
    const files = [
      { file: 'cli/a.ts', text: `// The ${DOOR} is ${TOLD}.` },
      { file: 'storage/a.ts', text: `// ${OWED}` },
      { file: 'storage/fixtures/a.ts', text: `// ${OWED}` },
      { file: 'docs/decisions/0001-a.md', text: TOLD },
    ];
    expect(above(wordsByModule(files), { storage: 0 })).toEqual(['cli: 2, at most 0', 'storage: 1, at most 0']);
    expect(above(wordsByModule(files), { cli: 2, storage: 1 })).toEqual([]);
  });

  it('is caught in the text of a page, and its classes and comments are not text', () => {
    const page = {
      file: 'ui/src/pages/A.svelte',
      text: `<!-- ${TOLD} --><p class="${TOLD}">Nobody is ${TOLD}.</p>\n// ${TOLD}\n<style>.${TOLD} {}</style>`,
    };
    expect(visibleText(page)).toContain(`Nobody is ${TOLD}.`);
    expect(above(wordsUsersSee([page]), {})).toEqual(['ui/src/pages/A.svelte: 1, at most 0']);
    expect(wordsUsersSee([{ file: 'storage/a.ts', text: TOLD }])).toEqual({});
  });
});
