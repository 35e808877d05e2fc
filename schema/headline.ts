// One line of plain language about a run, made of recorded facts only: nothing is guessed, and without a fact worth
// telling it is the run's name. Pure.
import { policyInWords, stopInWords, waitInWords } from './headline-scope.ts';
import type { Activity } from './open-step.ts';
import type { RunStatus } from './run.ts';
import { lowestConfidence, type SpanFacts } from './span-facts.ts';

const MAX_CHARS = 160;
const MAX_MESSAGE_CHARS = 60;
const MAX_CHOICES = 4;

/**
 * @param ordered all spans by start time
 * @param top the span that speaks for the run
 * @param activity what the run does now, where its process says so
 */
export function headline(
  ordered: readonly SpanFacts[],
  top: SpanFacts,
  status: RunStatus,
  activity: Activity | null = null,
): string {
  const who = top.agent ?? ordered.find((span) => span.agent !== null)?.agent ?? top.name;
  const target = ordered.findLast((span) => span.escalationTarget !== null)?.escalationTarget ?? null;
  const story = withoutWhat(ordered, status, storyOf(ordered, top, status, who, activity), who);
  // The run's own words may name who took over already.
  if (target === null || story?.includes(target)) return clip(story ?? top.name);
  return clip(story === null ? `${who} escalated to ${target}` : `${story}, escalated to ${target}`);
}

function storyOf(
  ordered: readonly SpanFacts[],
  top: SpanFacts,
  status: RunStatus,
  who: string,
  activity: Activity | null,
): string | null {
  if (activity !== null) return present(ordered, who, top, activity);
  if (status === 'running') return waitInWords(ordered, who) ?? `${who} is running; ${lastStep(ordered)}`;
  if (status === 'stalled') return waitInWords(ordered, who) ?? `${who} went silent; ${lastStep(ordered)}`;
  const stopped = stopInWords(ordered, top, who);
  if (stopped !== null) return stopped;
  if (status === 'error') return ownWords(ordered, top) ?? `${who} failed${reason(ordered, top)}`;
  return policyInWords(ordered) ?? doubtfulDecision(ordered) ?? recovery(ordered, who) ?? choices(ordered, who);
}

/** A run that ended well without something it wanted says so. */
function withoutWhat(
  ordered: readonly SpanFacts[],
  status: RunStatus,
  story: string | null,
  who: string,
): string | null {
  if (status !== 'ok') return story;
  const degraded = ordered.flatMap(({ marks }) => marks.filter(({ code }) => code === 'degraded'));
  if (degraded.length === 0) return story;
  const names = new Set(degraded.flatMap(({ detail }) => detail.split(' ').slice(1).join(' ').split(', ')));
  return `${story ?? who}, degraded: without ${[...names].join(', ')}`;
}

/** What it does at this moment, or did when its process fell silent. */
function present(ordered: readonly SpanFacts[], who: string, top: SpanFacts, activity: Activity): string {
  const { state, step, spanId, waitingFor } = activity;
  const waits = waitingFor === null ? null : `waiting for ${waitingFor}`;
  if (state === 'waiting') {
    // A decision that asked the same one says why as well.
    const asked = waitingFor === null ? null : waitInWords(ordered, who);
    return asked?.includes(waitingFor ?? '') ? asked : `${who} is ${waits ?? 'waiting'}`;
  }
  const inStep = spanId === top.spanId ? '' : `, in ${step}`;
  if (state === 'running') return `${who} is running${inStep}`;
  return `${who} went silent${waits === null ? inStep : ` while ${waits}`}`;
}

/** What it decided, when nothing went wrong: the last few choices in order. */
function choices(ordered: readonly SpanFacts[], who: string): string | null {
  const chosen = ordered.flatMap((span) =>
    span.kind === 'decision' && span.decisionChoice ? [span.decisionChoice] : [],
  );
  return chosen.length === 0 ? null : `${who} chose ${chosen.slice(-MAX_CHOICES).join(', ')}`;
}

function recovery(ordered: readonly SpanFacts[], who: string): string | null {
  const failed = ordered.filter((span) => span.isError);
  if (failed.length === 0) return null;
  const types = [...new Set(failed.flatMap((span) => span.errorType ?? []))];
  const steps = `${failed.length} failed ${failed.length === 1 ? 'step' : 'steps'}`;
  return `${who} finished with ${steps}${types.length > 0 ? ` (${types.join(', ')})` : ''}`;
}

/** What the run itself said of its failure, when that is more than the error of a step passed on. */
function ownWords(ordered: readonly SpanFacts[], top: SpanFacts): string | null {
  const message = firstLine(top);
  const isPassedOn = ordered.some((span) => span !== top && span.isError && firstLine(span) === message);
  const hasCause = ordered.some((span) => span !== top && span.isError);
  return hasCause && !isPassedOn && message !== '' ? message : null;
}

const firstLine = (span: SpanFacts): string => span.errorMessage?.split('\n', 1)[0]?.trim() ?? '';

/** Why it failed: the last failed span that has no failed child is where it began. */
function reason(ordered: readonly SpanFacts[], top: SpanFacts): string {
  const failed = ordered.filter((span) => span.isError);
  const failedParents = new Set(failed.map((span) => span.parentSpanId));
  const origin = failed.findLast((span) => !failedParents.has(span.spanId)) ?? top;
  if (origin === top) return details(origin);
  const attempt =
    origin.retryAttempt !== null && origin.retryAttempt > 0 ? ` on attempt ${origin.retryAttempt + 1}` : '';
  return `: ${origin.toolName ?? origin.name} ${timedOut(origin) ? 'timed out' : 'failed'}${attempt}${details(origin)}`;
}

function timedOut(span: SpanFacts): boolean {
  return /time(d[ _-]?)?[ _-]?out|deadline[ _-]?exceeded/i.test(`${span.errorType ?? ''} ${span.errorMessage ?? ''}`);
}

function details(span: SpanFacts): string {
  const message = firstLine(span);
  const told = message !== '' && [...message].length <= MAX_MESSAGE_CHARS && !timedOut(span) ? message : null;
  const facts = [span.errorType, told === span.errorType ? null : told].filter((fact) => fact !== null);
  return facts.length === 0 ? '' : ` (${facts.join(': ')})`;
}

function doubtfulDecision(ordered: readonly SpanFacts[]): string | null {
  const below = ordered.filter(
    (span) => span.confidence !== null && span.threshold !== null && span.confidence < span.threshold,
  );
  const lowest = lowestConfidence(below);
  if (lowest === null) return null;
  const [confidence, threshold] = distinctDigits(lowest.confidence as number, lowest.threshold as number);
  const chose = lowest.decisionChoice === null ? 'decided' : `chose ${lowest.decisionChoice}`;
  return `${lowest.decisionName ?? lowest.name} ${chose} at ${confidence}, below ${threshold}`;
}

/** Two decimals, or as many as it takes to tell the two apart. */
function distinctDigits(a: number, b: number): [string, string] {
  for (let digits = 2; digits < 12; digits++) {
    if (a.toFixed(digits) !== b.toFixed(digits)) return [a.toFixed(digits), b.toFixed(digits)];
  }
  return [String(a), String(b)];
}

function lastStep(ordered: readonly SpanFacts[]): string {
  const last = ordered.reduce((latest, span) => (span.endTime > latest.endTime ? span : latest));
  return `last step ${last.toolName ?? last.name}`;
}

/** One line of at most 160 characters, cut between characters and not inside one. */
function clip(text: string): string {
  // Names and messages are a stranger's: characters that turn the reading direction would turn ours as well.
  const plain = text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
  const characters = [...plain.replace(/\s+/g, ' ').trim()];
  return characters.length <= MAX_CHARS ? characters.join('') : `${characters.slice(0, MAX_CHARS - 1).join('')}…`;
}
