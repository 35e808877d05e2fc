// The template: headline and at most six sentences about a run, by rule, the same every time. Pure.
import type { RunFacts } from '#contracts/run-facts';
import type { Story } from '#contracts/summary';
import { decisionSentences } from './decision-sentences.ts';
import { type Draft, finish } from './draft.ts';
import { headlineOf } from './headline.ts';
import { SENTENCES_MAX } from './limits.ts';
import { meansSentences, noteSentences } from './note-sentences.ts';
import {
  answeredSentences,
  askedSentences,
  endSentence,
  escalationSentences,
  openSentences,
  stopSentences,
} from './outcome-sentences.ts';
import { partialSentences } from './partial-sentences.ts';
import { degradedSentences, errorSentences, loopSentences, retrySentences } from './trouble-sentences.ts';

/** With fewer sentences than this, the summary also says which tools and models the run used. */
const LITTLE = 2;

/** First what was asked, last how it came out; between them what matters most, in the order in which it happened. */
export function writeSummary(facts: RunFacts): Story {
  const first = [...decisionSentences(facts), ...errorSentences(facts), ...stopSentences(facts)];
  const cited = new Set(first.flatMap(({ spanIds }) => spanIds));
  const drafts = [
    ...first,
    ...degradedSentences(facts, cited),
    ...retrySentences(facts, cited),
    ...loopSentences(facts),
    ...noteSentences(facts, cited),
    ...escalationSentences(facts, cited),
    ...openSentences(facts),
    ...answeredSentences(facts),
  ];
  const middle = drafts.length < LITTLE ? [...meansSentences(facts), ...drafts] : drafts;
  const opening = askedSentences(facts);
  const closing = [endSentence(facts), ...partialSentences(facts)];
  const chosen = mostImportant(middle, SENTENCES_MAX - opening.length - closing.length);
  return { headline: headlineOf(facts), sentences: finish([...opening, ...chosen, ...closing], facts.who.name) };
}

/** As many as fit, by weight; in order of time, and of equals in the order given. */
function mostImportant(drafts: readonly Draft[], max: number): Draft[] {
  const chosen = new Set([...drafts].sort((a, b) => b.weight - a.weight).slice(0, max));
  return drafts.filter((draft) => chosen.has(draft)).sort((a, b) => a.atMs - b.atMs);
}
