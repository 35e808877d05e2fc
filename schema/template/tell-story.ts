// The template: headline and at most six sentences about a run, by rule, the same every time. Pure.
import type { RunFacts } from '../run-facts.ts';
import { SENTENCES_MAX, type Story } from '../summary.ts';
import { type Draft, finish } from './draft.ts';
import { headlineOf } from './headline.ts';
import { tellDecisions } from './tell-decisions.ts';
import { tellAnswered, tellAsked, tellEnd, tellEscalations, tellOpen, tellStop } from './tell-ends.ts';
import { tellDegraded, tellErrors, tellLoops, tellNotes, tellRetries } from './tell-trouble.ts';

/** First what was asked, last how it came out; between them the most telling, in the order in which it happened. */
export function tellStory(facts: RunFacts): Story {
  const decisions = tellDecisions(facts);
  const errors = tellErrors(facts);
  const told = new Set([...decisions, ...errors].flatMap(({ spanIds }) => spanIds));
  const middle: Draft[] = [
    ...decisions,
    ...errors,
    ...tellStop(facts),
    ...tellDegraded(facts, told),
    ...tellRetries(facts, told),
    ...tellLoops(facts),
    ...tellNotes(facts, told),
    ...tellEscalations(facts, told),
    ...tellAnswered(facts),
    ...tellOpen(facts),
  ];
  const opening = tellAsked(facts);
  const room = SENTENCES_MAX - opening.length - 1;
  const chosen = new Set([...middle].sort((a, b) => b.weight - a.weight).slice(0, room));
  const inOrder = middle.filter((draft) => chosen.has(draft)).sort((a, b) => a.atMs - b.atMs);
  return { headline: headlineOf(facts), sentences: finish([...opening, ...inOrder, tellEnd(facts)], facts.who.name) };
}
