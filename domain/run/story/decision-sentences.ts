// Sentences about decisions: the clear ones together, the unsure ones each with its outcome. Pure.
import type { DecisionFact, RunFacts } from '#contracts/run-facts';
import { formatShare } from '../../format.ts';
import { type Draft, it, listed, type Piece, plain, say } from './draft.ts';
import { WEIGHT } from './weights.ts';
import { belowInWords, handoverOf, isHeld, whatPolicyDid } from './words.ts';

const MAX_LISTED = 4;
const MAX_UNSURE = 2;

const isUnsure = (fact: DecisionFact): boolean =>
  fact.confidenceSource !== 'human' && (fact.standing === 'below' || fact.reason !== null);

export function decisionSentences(facts: RunFacts): Draft[] {
  const unsure = facts.decisions.filter(isUnsure);
  const chosen = new Set([...unsure].sort((a, b) => gapOf(b) - gapOf(a)).slice(0, MAX_UNSURE));
  const answered = new Set(facts.decisions.flatMap(({ answeredBy }) => answeredBy ?? []));
  const clear = facts.decisions.filter((fact) => !isUnsure(fact) && !answered.has(fact.spanId) && fact.choice !== null);
  return [
    ...(clear.length > 0 ? [clearSentence(facts, clear)] : []),
    ...unsure.filter((fact) => chosen.has(fact)).map((fact) => unsureSentence(facts, fact)),
  ];
}

/** How far below its threshold. */
const gapOf = ({ confidence, threshold }: DecisionFact): number =>
  confidence === null || threshold === null ? 0 : threshold - confidence;

function clearSentence(facts: RunFacts, clear: readonly DecisionFact[]): Draft {
  const shown = clear.length <= MAX_LISTED + 1 ? clear : clear.slice(0, MAX_LISTED);
  const rest = facts.decisionCount - facts.decisions.length + clear.length - shown.length;
  const own = shown.filter(({ agent }) => agent === null || agent === facts.who.name);
  const theirs = shown.filter((fact) => !own.includes(fact));
  const clauses = [
    ...(own.length > 0 ? [say`${it} chose ${listed(own.map(choiceOf))}`] : []),
    ...[...new Set(theirs.map(({ agent }) => agent as string))].map(
      (agent) => say`${agent} chose ${listed(theirs.filter((fact) => fact.agent === agent).map(choiceOf))}`,
    ),
  ];
  const pieces = clauses.flatMap((clause, i) => (i === 0 ? clause : [plain('; '), ...clause]));
  return {
    pieces: [...pieces, plain(rest > 0 ? `; ${rest} more decisions followed.` : '.')],
    spanIds: shown.map(({ spanId }) => spanId),
    weight: clear.some(({ standing }) => standing === 'near') ? WEIGHT.near : WEIGHT.clear,
    atMs: (clear[0] as DecisionFact).atMs,
  };
}

/** `auto_refund for refund_route (0.72, just over the 0.70 it needs)` */
function choiceOf({ name, choice, confidence, threshold, standing, confidenceSource }: DecisionFact): Piece[] {
  const what = say`${choice ?? ''} for ${name}`;
  if (confidenceSource === 'human' && confidence === null) return [...what, plain(' (a person’s answer)')];
  if (confidence === null) return what;
  const share = formatShare(confidence, threshold);
  if (standing !== 'near' || threshold === null) return [...what, plain(` (${share})`)];
  const over = confidence === threshold ? 'just the' : 'just over the';
  return [...what, plain(` (${share}, ${over} ${formatShare(threshold, confidence)} it needs)`)];
}

/** `It leaned to auto_refund for refund_route at 0.58, below the 0.70 it needs, and escalated to refund-review.` */
function unsureSentence(facts: RunFacts, fact: DecisionFact): Draft {
  const { agent, name, choice, confidence, threshold, standing, reason, spanId, atMs } = fact;
  const subject = agent === null || agent === facts.who.name ? it : agent;
  const isBelow = standing === 'below' && confidence !== null && threshold !== null;
  const verb = choice === null ? 'could not settle' : isHeld(fact) ? 'leaned to' : 'chose';
  const what = choice === null ? say`${name}` : say`${choice} for ${name}`;
  const at = isBelow
    ? ` at ${belowInWords(fact)}`
    : confidence === null
      ? ''
      : ` at ${formatShare(confidence, threshold)}`;
  const handover = handoverOf(facts, fact);
  const answer = facts.decisions.find((other) => other.spanId === fact.answeredBy);
  return {
    pieces: [
      ...say`${subject} `,
      plain(`${verb} `),
      ...what,
      plain(at),
      ...(reason === null ? [] : policyWords(reason, isBelow)),
      ...(reason === null && handover !== null ? say`, and the run was escalated to ${handover.target}` : []),
      ...(answer === undefined ? [] : say`; the answer was ${answer.choice ?? answer.outcome ?? 'not recorded'}`),
      plain('.'),
    ],
    spanIds: [
      spanId,
      ...(answer === undefined ? [] : [answer.spanId]),
      ...(handover === null ? [] : [handover.spanId]),
    ],
    weight: WEIGHT.unsure,
    atMs,
  };
}

/** What the policy did; why, when the figures do not say it. */
function policyWords(reason: string, isWhyGiven: boolean): Piece[] {
  const { did, why } = whatPolicyDid(reason);
  if (why === null) return say`: ${did}`;
  return isWhyGiven ? say`, and ${did}` : say`, and ${did}: ${why}`;
}
