// escalate(): hands the work to a person, another agent or a queue, with the reason.
import { type TargetType, TELLTALE } from './attributes.ts';
import { runSpan } from './run-span.ts';
import { StepSpan } from './step-span.ts';

export interface EscalateOptions {
  /** Why the agent does not go on alone. */
  reason: string;
  /** Default human. */
  targetType?: TargetType | undefined;
  /** What the other side is asked to do. Recorded unless content capture is off. */
  asked?: string | undefined;
  /** What the other side gets to decide with. Recorded unless content capture is off. */
  input?: unknown;
  attributes?: Record<string, unknown> | undefined;
}

/** Records the escalation; `fn`, when given, is what notifies the target, and its result is returned. */
export function escalate(target: string, options: EscalateOptions): Promise<void>;
export function escalate<T>(
  target: string,
  options: EscalateOptions,
  fn: (span: StepSpan) => T | Promise<T>,
): Promise<T>;
export function escalate<T>(
  target: string,
  options: EscalateOptions,
  fn?: (span: StepSpan) => T | Promise<T>,
): Promise<T | undefined> {
  return runSpan<StepSpan, T | undefined>(
    {
      name: `escalate ${target}`,
      kind: 'escalation',
      attributes: {
        [TELLTALE.ESCALATION_TARGET]: target,
        [TELLTALE.ESCALATION_TARGET_TYPE]: options.targetType ?? 'human',
        [TELLTALE.ESCALATION_REASON]: options.reason,
      },
      extra: options.attributes,
    },
    {
      handle: (span) => new StepSpan(span),
      onStart: (span) => span.setInput(options.input).setContent(TELLTALE.ESCALATION_ASKED, options.asked),
      onResult: (span, result) => span.outputDefault(result),
    },
    (span) => fn?.(span),
  );
}
