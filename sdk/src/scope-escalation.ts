// Notifies the agreed person or desk that an agent was stopped, with all they need to decide.
import { handOver } from './escalate.ts';
import { type EscalationContext, escalationContext } from './escalation-context.ts';
import { type AgentDefinition, targetOf } from './scope-definition.ts';
import { runGuarded, type ScopeGuard } from './scope-guard.ts';
import { recordedDetail, type Stop } from './scope-stop.ts';
import type { StepSpan } from './step-span.ts';

export interface EscalationOutcome {
  context: EscalationContext;
  /** False when `notify` threw: nobody was notified. */
  delivered: boolean;
  /** What `notify` returned, or threw. */
  answer: unknown;
}

/** A run and what is around it. */
export interface Around<Run extends StepSpan = StepSpan> {
  guard: ScopeGuard;
  /** The guard of the agent around this one. */
  outer: ScopeGuard | undefined;
  run: Run;
}

/** Notifies nobody of an abort that the caller asked for. */
export async function notifyOfStop(
  definition: AgentDefinition,
  input: unknown,
  stop: Stop,
  { guard, outer, run }: Around,
): Promise<EscalationOutcome | null> {
  const to = definition.escalateTo;
  if (to === undefined || stop.reason === 'user_abort') return null;
  const { target, targetType } = targetOf(to);
  const { notify, asked } = typeof to === 'string' ? { notify: undefined, asked: undefined } : to;
  const context = escalationContext({
    target,
    targetType,
    reason: stop.detail,
    asked: asked ?? question(definition.name, stop),
    input,
    from: run,
    decision: guard.state.decisions.at(-1),
    agent: { name: definition.name, version: definition.version ?? null },
    progress: guard.progress,
  });
  try {
    const answer = await runGuarded(outer, () =>
      handOver<unknown>(
        target,
        { reason: stop.detail, asked: context.asked, targetType, input },
        () => notify?.(context, stop),
        recordedDetail(stop),
      ),
    );
    return { context, delivered: true, answer };
  } catch (error) {
    return { context, delivered: false, answer: error };
  }
}

/** What a person is asked when the definition does not say it. */
function question(name: string, { reason, refused }: Stop): string {
  switch (reason) {
    case 'input_out_of_scope':
      return `Decide who answers this: it is not what ${name} is for.`;
    case 'output_out_of_scope':
      return `Answer this yourself, or correct the answer: ${name} made one it may not give.`;
    case 'tool_not_permitted':
      return `Decide whether ${name} may use ${refused}, and finish this request.`;
    case 'max_steps':
    case 'budget':
    case 'timeout':
      return `Finish this request, or raise the limit and start ${name} again.`;
    default:
      return 'Decide how this request goes on.';
  }
}
