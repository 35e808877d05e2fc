import { expect, test } from 'vitest';
import { makeRun } from '../../../test/support/generated-runs.ts';
import { computeFacts } from '../facts/compute-facts.ts';
import { summarizeRun } from '../summarize-run.ts';
import { SENTENCES_MAX } from './limits.ts';
import { storyText } from './words.ts';
import { writeSummary } from './write-summary.ts';

const { spans } = makeRun('recovered', 3);
const top = spans.at(-1) as (typeof spans)[number];
const facts = computeFacts(summarizeRun('p', 'a'.repeat(32), spans, 0), spans, top);

test('a run of which only a part was read says which lists that concerns, as its last sentence', () => {
  const partial = { spansRead: 2500, lists: ['steps', 'errors'] as const };
  const story = writeSummary({ ...facts, spanCount: 312_441, partial: { ...partial, lists: [...partial.lists] } });
  expect(storyText(story)).toMatch(
    /The run has 312,441 spans, too many to read one by one: its counts and times cover all of them, its steps and errors 2,500 of them\.$/,
  );
  expect(story.sentences.length).toBeLessThanOrEqual(SENTENCES_MAX);
});

test('a run that was counted and of which nothing was left out says nothing of it', () => {
  expect(writeSummary({ ...facts, partial: { spansRead: 10, lists: [] } })).toEqual(writeSummary(facts));
});
