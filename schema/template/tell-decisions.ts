// Sentences about decisions: the clear ones together, the unsure ones each with what came of it. Pure.
import { formatShare } from '../format.ts';
import type { DecisionFact, RunFacts } from '../run-facts.ts';
import type { SummaryWords } from '../summary.ts';
import { type Draft, it, listed, plain, say } from './draft.ts';
import { WEIGHT } from './weights.ts';

const MAX_LISTED = 4;
const MAX_UNSURE = 2;

const isUnsure = (fact: DecisionFact): boolean =>
  fact.confidenceSource !== 'human' && (fact.standing === 'below' || fact.reason !== null);

export function tellDecisions(facts: RunFacts): Draft[] {
  const answers = new Map(facts.decisions.map((fact) => [fact.spanId, fact]));
  const unsure = facts.decisions.filter(isUnsure);
  const told = unsure.length <= MAX_UNSURE ? unsure : byGap(unsure).slice(0, MAX_UNSURE);
  const answered = new Set(facts.decisions.flatMap(({ answeredBy }) => answeredBy ?? []));
  const clear = facts.decisions.filter((fact) => !isUnsure(fact) && !answered.has(fact.spanId) && fact.choice !== null);
  const drafts = facts.decisions
    .filter((fact) => told.includes(fact))
    .map((fact): Draft => {
      const answer = fact.answeredBy === null ? undefined : answers.get(fact.answeredBy);
      const spanIds = answer === undefined ? [fact.spanId] : [fact.spanId, answer.spanId];
      const also = escalationSpans(facts, fact);
      return {
        pieces: tellUnsure(facts, fact, answer),
        spanIds: [...spanIds, ...also],
        weight: WEIGHT.unsure,
        atMs: fact.atMs,
      };
    });
  if (clear.length > 0) drafts.unshift(tellClear(facts, clear));
  return drafts;
}

/** The largest gap below the threshold first. */
const byGap = (unsure: readonly DecisionFact[]): DecisionFact[] => [...unsure].sort((a, b) => gapOf(b) - gapOf(a));
const gapOf = ({ confidence, threshold }: DecisionFact): number =>
  confidence === null || threshold === null ? 0 : threshold - confidence;

/** Where it was handed to, when the decision says that it was. */
function escalationSpans(facts: RunFacts, { reason, outcome }: DecisionFact): string[] {
  return facts.escalations
    .filter(({ target }) => (reason ?? '').includes(target) || (reason === null && outcome === 'escalated'))
    .map(({ spanId }) => spanId);
}

function tellClear(facts: RunFacts, clear: readonly DecisionFact[]): Draft {
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
  const isNear = clear.some(({ standing }) => standing === 'near');
  return {
    pieces: [...pieces, plain(rest > 0 ? `, and decided ${rest} more.` : '.')],
    spanIds: shown.map(({ spanId }) => spanId),
    weight: isNear ? WEIGHT.near : WEIGHT.clear,
    atMs: (clear[0] as DecisionFact).atMs,
  };
}

/** `auto_refund for refund_route (0.72, just over the 0.70 it needs)` */
function choiceOf({ name, choice, confidence, threshold, standing, confidenceSource }: DecisionFact): SummaryWords[] {
  const what = [...say`${choice ?? 'nothing'} for ${name}`] as SummaryWords[];
  if (confidenceSource === 'human' && confidence === null) return [...what, plain(' (a person’s answer)')];
  if (confidence === null) return what;
  const share = formatShare(confidence, threshold);
  const near = standing === 'near' ? `, just over the ${formatShare(threshold as number, confidence)} it needs` : '';
  return [...what, plain(` (${share}${near})`)];
}

/** `It leaned to auto_refund for refund_route at 0.58, below the 0.70 it needs, and escalated to refund-review.` */
function tellUnsure(facts: RunFacts, fact: DecisionFact, answer: DecisionFact | undefined): Draft['pieces'] {
  const { agent, name, choice, confidence, threshold, standing, reason, outcome } = fact;
  const isHeld = outcome === 'escalated' || outcome === 'pending';
  const verb = isHeld ? 'leaned to' : 'chose';
  const subject = agent === null || agent === facts.who.name ? it : agent;
  const what =
    choice === null
      ? say`${subject} could not settle ${name}`
      : [...say`${subject} `, plain(`${verb} `), ...say`${choice} for ${name}`];
  const at = confidence === null ? '' : ` at ${formatShare(confidence, threshold)}`;
  const below =
    standing === 'below' && threshold !== null ? `, below the ${formatShare(threshold, confidence)} it needs` : '';
  const did =
    reason === null
      ? handedOver(facts, outcome)
      : [plain(', '), plain(below === '' ? '' : 'and '), { text: whatItDid(reason, below !== ''), isTold: true }];
  const then =
    answer === undefined
      ? []
      : [plain('; the answer was '), { text: answer.choice ?? answer.outcome ?? 'none', isTold: true }];
  return [...what, plain(at + below), ...did, ...then, plain('.')];
}

function handedOver({ escalations }: RunFacts, outcome: string | null): SummaryWords[] {
  const target = escalations.at(-1)?.target;
  return outcome === 'escalated' && target !== undefined ? (say`, so it went to ${target}` as SummaryWords[]) : [];
}

/** A policy's reason says what was done, then why; the figures have been told. */
function whatItDid(reason: string, isWhyTold: boolean): string {
  const colon = reason.indexOf(': confidence ');
  return isWhyTold && colon > 0 ? reason.slice(0, colon) : reason.replace(/\.$/, '');
}
