// Words that claim something about a run, each with the facts that must stand behind it. Pure.
import type { RunFacts } from '#contracts/run-facts';

export interface Claim {
  readonly name: string;
  /** Matched against the text in lower case, slots as `{name}`. */
  readonly words: RegExp;
  readonly holds: (facts: RunFacts) => boolean;
}

const hasFailure = (facts: RunFacts) => facts.errorCount > 0 || facts.outcome === 'failed';
const isIn = (facts: RunFacts, ...outcomes: RunFacts['outcome'][]) => outcomes.includes(facts.outcome);

/** What each such word needs. A word that is not here and not everyday is no word of ours at all (vocabulary.ts). */
export const CLAIMS: readonly Claim[] = [
  {
    name: 'success',
    words:
      /\b(?:succe\w*|(?<!as )well|fine|ok|okay|smooth\w*|resolv\w*|fix\w*|solv\w*|approv\w*|accept\w*|clean\w*|correct\w*|perfect\w*|good|healthy|normal\w*|worked|achiev\w*|accomplish\w*)\b/,
    holds: (facts) => isIn(facts, 'ok', 'recovered'),
  },
  {
    name: 'finished',
    words: /\b(?:finish\w*|complet\w*|done|conclud\w*)\b/,
    holds: (facts) => isIn(facts, 'ok', 'recovered', 'degraded', 'escalated'),
  },
  {
    name: 'failure',
    words:
      /\b(?:fail\w*|error\w*|crash\w*|broke\w*|break\w*|wrong\w*|problem\w*|trouble\w*|issue\w*|unable|declin\w*|refus\w*|denied|deny|unavailable|invalid)\b/,
    holds: hasFailure,
  },
  { name: 'recovery', words: /\brecover\w*\b/, holds: (facts) => isIn(facts, 'recovered') },
  {
    name: 'retry',
    words: /\b(?:retr(?:y|ied|ies|ying)|attempts?|again|repeat\w*|loop\w*)\b/,
    holds: ({ retries, loops, errors, steps }) =>
      retries.length > 0 ||
      loops.length > 0 ||
      errors.some(({ count }) => count > 1) ||
      steps.some((step) => step.times > 1),
  },
  {
    name: 'timeout',
    words: /\b(?:timed? ?outs?|timed|timeouts?)\b/,
    holds: ({ errors, rootError }) => rootError?.timedOut === true || errors.some(({ timedOut }) => timedOut),
  },
  { name: 'slowness', words: /\b(?:slow\w*|longest|long)\b/, holds: ({ slowest }) => slowest !== null },
  {
    name: 'handover',
    words: /\b(?:hand(?:ed|s|ing|over)?|escalat\w*|human|person|people|team|reviewer|operator|somebody|someone)\b/,
    holds: ({ escalations, decisions, open }) =>
      escalations.length > 0 ||
      decisions.some((fact) => fact.answeredBy !== null || fact.confidenceSource === 'human') ||
      open !== null,
  },
  {
    name: 'stop',
    words: /\b(?:stop\w*|halt\w*|abort\w*|cancel\w*|block\w*|reject\w*|kill\w*)\b/,
    holds: ({ stop }) => stop !== null,
  },
  {
    name: 'degraded',
    words: /\b(?:skip\w*|fallback|fell|degrad\w*|partial\w*|incomplete)\b/,
    holds: ({ degraded }) => degraded.length > 0,
  },
  {
    name: 'an answer',
    words: /\b(?:answer\w*|repl(?:y|ied|ies)|respon\w*)\b/,
    holds: ({ answered, decisions, escalations }) =>
      answered !== null || [...decisions, ...escalations].some((fact) => fact.answeredBy !== null),
  },
  {
    name: 'a question',
    words: /\b(?:ask\w*|question\w*|request\w*)\b/,
    holds: ({ asked, decisions }) => asked !== null || decisions.some((fact) => fact.answeredBy !== null),
  },
  {
    name: 'doubt',
    words: /\b(?:unsure|uncertain\w*|doubt\w*|confiden\w*|threshold\w*|sure)\b/,
    holds: ({ decisions }) => decisions.some(({ confidence }) => confidence !== null),
  },
];

/** A cause may be named in `likely_cause` only. */
export const CAUSAL =
  /\b(?:because|due|since|caus\w*|led|lead\w*|result(?:ed|ing) in|results? in|as a result|therefore|thus|hence|consequen\w*|owing|thanks|trigger\w*|reasons?|why|so|root|blam\w*|explain\w*|ma(?:kes?|king|de)(?! (?:an?|one|its)\b)|forc\w*)\b/;

/** Turns a claim into its opposite. */
export const NEGATION = /\b(?:not|no|never|nor|none|nothing|neither|without|hardly|barely|free)\b|n['’]t\b/;

/** That the run itself failed, or anything did that is no step named by its slot. */
const RUN_FAILED =
  /(?:\b(?:run|it|agent|process|everything|job|task|request|work)|\{who\})(?:\s(?:has|had|was|then|finally|eventually|itself|also|still))*\s(?:fail|crash|broke|error)/;
const NAMES_A_FAILURE = /\{(?:error|retry|root|loop)/;

/**
 * The first claim that no fact is behind; null when there is none.
 * @param plain the text in lower case, slots as `{name}`
 */
export function unfoundedClaim(plain: string, facts: RunFacts): string | null {
  const made = CLAIMS.filter(({ words }) => words.test(plain));
  const unfounded = made.find(({ holds }) => !holds(facts));
  if (unfounded !== undefined) return `claims ${unfounded.name}`;
  const isNegated = NEGATION.test(plain);
  // The template words a degraded run as "finished without {search}".
  const mayNegate = facts.outcome === 'degraded' && /\bwithout \{/.test(plain);
  if (isNegated && made.length > 0 && !mayNegate) return 'denies a fact';
  const failure = made.some(({ name }) => name === 'failure');
  if (failure && facts.outcome !== 'failed' && (RUN_FAILED.test(plain) || !NAMES_A_FAILURE.test(plain)))
    return 'claims failure of the run';
  return null;
}

/** What a headline must not leave out, by outcome. */
const MUST_SAY: Partial<Record<RunFacts['outcome'], RegExp>> = {
  failed: /\b(?:fail\w*|error\w*|crash\w*|timed)\b/,
  stopped: /\b(?:stop\w*|halt\w*|abort\w*)\b/,
  escalated: /\b(?:hand\w*|escalat\w*)\b/,
  degraded: /\b(?:without|skip\w*|fallback|degrad\w*|fail\w*|timed)\b/,
  recovered: /\b(?:recover\w*|although|though|despite|after|retr\w*|attempt\w*|again|fail\w*|timed)\b/,
};

export const saysOutcome = (plain: string, { outcome }: RunFacts): boolean => MUST_SAY[outcome]?.test(plain) ?? true;
