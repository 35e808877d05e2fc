// The template: headline and at most six sentences about a run, by rule, the same every time. Pure.
import type { RunFacts } from '#contracts/run-facts';
import type { Story } from '#contracts/summary';
import { type Draft, finish } from './draft.ts';
import { headlineOf } from './headline.ts';
import { SENTENCES_MAX } from './limits.ts';
import { tellDecisions } from './tell-decisions.ts';
import { tellAnswered, tellAsked, tellEnd, tellEscalations, tellOpen, tellStop } from './tell-ends.ts';
import { tellMeans, tellNotes } from './tell-notes.ts';
import { tellPartial } from './tell-partial.ts';
import { tellDegraded, tellErrors, tellLoops, tellRetries } from './tell-trouble.ts';

/** A run of which less is told also says which tools and models it used. */
const LITTLE = 2;

/** First what was asked, last how it came out; between them the most telling, in the order in which it happened. */
export function tellStory(facts: RunFacts): Story {
  const first = [...tellDecisions(facts), ...tellErrors(facts), ...tellStop(facts)];
  const told = new Set(first.flatMap(({ spanIds }) => spanIds));
  const drafts = [
    ...first,
    ...tellDegraded(facts, told),
    ...tellRetries(facts, told),
    ...tellLoops(facts),
    ...tellNotes(facts, told),
    ...tellEscalations(facts, told),
    ...tellOpen(facts),
    ...tellAnswered(facts),
  ];
  const middle = drafts.length < LITTLE ? [...tellMeans(facts), ...drafts] : drafts;
  const opening = tellAsked(facts);
  const closing = [tellEnd(facts), ...tellPartial(facts)];
  const chosen = theTelling(middle, SENTENCES_MAX - opening.length - closing.length);
  return { headline: headlineOf(facts), sentences: finish([...opening, ...chosen, ...closing], facts.who.name) };
}

/** As many as fit, by weight; in order of time, and of equals in the order given. */
function theTelling(drafts: readonly Draft[], room: number): Draft[] {
  const chosen = new Set([...drafts].sort((a, b) => b.weight - a.weight).slice(0, room));
  return drafts.filter((draft) => chosen.has(draft)).sort((a, b) => a.atMs - b.atMs);
}
