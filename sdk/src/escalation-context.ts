// What a person or another desk gets with an escalation: enough to decide without reading code.
import type { AgentScope } from './active-context.ts';
import { activeContext, agentScope } from './active-context.ts';
import type { ConfidenceSource, Outcome, TargetType } from './attributes.ts';
import { quietly } from './quietly.ts';
import { toText } from './safe-json.ts';
import { currentGuard } from './scope-guard.ts';
import type { StepSpan } from './step-span.ts';
import { traceLink } from './trace-link.ts';

/** A decision as escalation handlers get it. */
export interface DecisionFacts {
  name: string;
  choice: string | null;
  /** 0 to 1; null when there was none. */
  confidence: number | null;
  confidenceSource: ConfidenceSource | null;
  threshold: number | null;
  reasoning: string | null;
  outcome: Outcome | null;
}

/** What the handler of an escalation gets. */
export interface EscalationContext {
  /** Who it goes to. */
  target: string;
  targetType: TargetType;
  /** Why the agent does not continue alone, in one sentence part. */
  reason: string;
  /** What the other side is asked to do. */
  asked: string;
  /** null outside any agent. */
  agent: { name: string; version: string | null } | null;
  sessionId: string | null;
  userId: string | null;
  /** All zeros when nothing is recorded. */
  traceId: string;
  spanId: string;
  /** The run page, with the step that handed over; null when Telltale's address is not known. */
  traceUrl: string | null;
  /** The decision it is about, else the last one of the run. */
  lastDecision: DecisionFacts | null;
  /** What the agent was working on. */
  input: unknown;
  /** How far it got; null outside a defined agent. */
  progress: { steps: number; costUsd: number; elapsedMs: number } | null;
  /** All of this as a few lines, for a message to a person. */
  text: string;
}

export type EscalationFacts = Pick<EscalationContext, 'target' | 'targetType' | 'reason' | 'asked' | 'input'> & {
  /** The step that hands over. */
  from: Pick<StepSpan, 'traceId' | 'spanId'>;
  decision?: DecisionFacts | undefined;
  agent?: EscalationContext['agent'] | undefined;
  progress?: EscalationContext['progress'] | undefined;
};

/** Collects what is known at the call. Never throws. */
export function escalationContext(facts: EscalationFacts): EscalationContext {
  const { from, decision, agent, progress, ...rest } = facts;
  const guard = currentGuard();
  const scope: AgentScope = quietly(() => agentScope(activeContext())) ?? {};
  const name = guard?.name ?? scope.agentName;
  const context = {
    ...rest,
    agent: agent ?? (name === undefined ? null : { name, version: guard?.version ?? scope.agentVersion ?? null }),
    sessionId: scope.sessionId ?? null,
    userId: scope.userId ?? null,
    traceId: from.traceId,
    spanId: from.spanId,
    traceUrl: traceLink(from.traceId, from.spanId),
    lastDecision: decision ?? guard?.state.decisions.at(-1) ?? null,
    progress: progress ?? guard?.progress ?? null,
  };
  return { ...context, text: quietly(() => textOf(context)) ?? rest.asked };
}

const MAX_INPUT = 600;

function textOf(context: Omit<EscalationContext, 'text'>): string {
  const { agent, lastDecision, progress, traceUrl } = context;
  const who = agent === null ? 'An agent' : [agent.name, agent.version].filter(Boolean).join(' ');
  const lines = [
    `${who} hands over to ${context.target}.`,
    `Why: ${context.reason}`,
    `Asked: ${context.asked}`,
    ...(lastDecision === null ? [] : [`Last decision: ${decisionInWords(lastDecision)}`]),
    ...(lastDecision?.reasoning ? [`Its reasoning: ${lastDecision.reasoning}`] : []),
    ...(context.input === undefined ? [] : [`Working on: ${toText(context.input, MAX_INPUT)}`]),
    ...(progress === null ? [] : [`So far: ${progressInWords(progress)}`]),
    ...(traceUrl === null ? [`Trace: ${context.traceId}`] : [`See what it did: ${traceUrl}`]),
  ];
  return lines.join('\n');
}

function decisionInWords({ name, choice, confidence, confidenceSource, threshold }: DecisionFacts): string {
  const chose = choice === null ? 'no choice' : choice;
  const sure = confidence === null ? 'no confidence given' : `confidence ${trim(confidence)}`;
  const from = confidence === null || confidenceSource === null ? '' : ` (${confidenceSource})`;
  return `${name}: ${chose}, ${sure}${from}${threshold === null ? '' : `, threshold ${trim(threshold)}`}`;
}

function progressInWords({ steps, costUsd, elapsedMs }: NonNullable<EscalationContext['progress']>): string {
  const cost = costUsd > 0 ? `, ${trim(costUsd, 4)} USD` : '';
  return `${steps} ${steps === 1 ? 'step' : 'steps'}${cost}, ${trim(elapsedMs / 1000, 1)} s`;
}

function trim(value: number, digits = 2): string {
  return String(Number(value.toFixed(digits)));
}
