// What a headline says of an agent's limits and policies: stopped at which condition, waiting for an answer, not sure
// enough and what was done about it. Pure.
import type { SpanFacts } from './span-facts.ts';

/** Reasons that end a run as it was meant to; the others stop it. */
const AS_MEANT: ReadonlySet<string> = new Set(['goal_reached', 'no_tool_call', 'escalated']);

export function isStopped(span: Pick<SpanFacts, 'kind' | 'stopReason' | 'reason'>): boolean {
  return span.kind === 'agent' && span.stopReason !== null && span.reason !== null && !AS_MEANT.has(span.stopReason);
}

/** The run itself, else the last agent within it that was stopped, unless the run then failed for another reason. */
export function stopInWords(ordered: readonly SpanFacts[], top: SpanFacts, who: string): string | null {
  if (isStopped(top)) return `${who} stopped: ${top.reason}`;
  if (top.isError) return null;
  const inner = ordered.findLast(isStopped);
  return inner === undefined ? null : `${inner.agent ?? inner.name} stopped: ${inner.reason}`;
}

/** The decision that waits for an answer: pending, and no later decision of its name says otherwise. */
export function waitInWords(ordered: readonly SpanFacts[], who: string): string | null {
  const waiting = ordered.findLast((span) => span.decisionOutcome === 'pending' && answerTo(span, ordered) === null);
  if (waiting === undefined) return null;
  return `${who} is waiting: ${nameOf(waiting)}${waiting.reason === null ? '' : ` ${waiting.reason}`}`;
}

/** The last decision whose policy stepped in, with what it did, and the answer when it asked for one. */
export function policyInWords(ordered: readonly SpanFacts[]): string | null {
  const ruled = ordered.findLast(
    (span) => span.kind === 'decision' && span.reason !== null && span.stopReason === null,
  );
  if (ruled === undefined) return null;
  const chose = ruled.decisionChoice === null ? '' : ` chose ${ruled.decisionChoice},`;
  const answer = ruled.decisionOutcome === 'pending' ? answerTo(ruled, ordered) : null;
  const answered = answer === null ? '' : `; the answer was ${answer.decisionChoice ?? answer.decisionOutcome}`;
  return `${nameOf(ruled)}${chose} ${ruled.reason}${answered}`;
}

/** A later decision of the same name; names tell it, since links are not among the light facts. */
function answerTo(asked: SpanFacts, ordered: readonly SpanFacts[]): SpanFacts | null {
  const later = ordered.slice(ordered.indexOf(asked) + 1);
  return later.find((span) => span.kind === 'decision' && nameOf(span) === nameOf(asked)) ?? null;
}

const nameOf = (span: SpanFacts): string => span.decisionName ?? span.name;
