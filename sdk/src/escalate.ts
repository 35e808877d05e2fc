// escalate(): hands the work to a person, another agent or a queue, with the reason.
import { type TargetType, TELLTALE } from './attributes.ts';
import { isContentCaptured } from './content.ts';
import { expectFunction, expectOptions } from './expect.ts';
import { runSpan } from './run-span.ts';
import { StepSpan } from './step-span.ts';

export interface EscalateOptions {
  /** Why the agent does not continue alone. Recorded unless content capture is off. */
  reason: string;
  /** Default human. */
  targetType?: TargetType | undefined;
  /** What the other side is asked to do. Recorded unless content capture is off. */
  asked?: string | undefined;
  /** What the other side needs for its decision. Recorded unless content capture is off. */
  input?: unknown;
  attributes?: Record<string, unknown> | undefined;
}

const USAGE = "escalate('refund-review', { reason: 'amount above the limit' }, () => notify())";

/**
 * Records the escalation; `fn`, when given, notifies the target, and its result is returned.
 * @throws TypeError without options, or when `fn` is no function
 */
export function escalate(target: string, options: EscalateOptions): Promise<void>;
export function escalate<T>(
  target: string,
  options: EscalateOptions,
  fn: (span: StepSpan) => T | Promise<T>,
): Promise<T>;
export async function escalate<T>(
  target: string,
  options: EscalateOptions,
  fn?: (span: StepSpan) => T | Promise<T>,
): Promise<T | undefined> {
  expectOptions(USAGE, options, typeof options === 'function');
  if (fn !== undefined) expectFunction(USAGE, fn);
  return handOver(target, options, fn, undefined);
}

/** `escalate()` for callers within the SDK. @param plainReason the reason without any content, where there is one */
export function handOver<T>(
  target: string,
  options: EscalateOptions,
  fn: ((span: StepSpan) => T | Promise<T>) | undefined,
  plainReason: string | undefined,
): Promise<T | undefined> {
  return runSpan<StepSpan, T | undefined>(
    {
      name: `escalate ${target}`,
      kind: 'escalation',
      attributes: {
        [TELLTALE.ESCALATION_TARGET]: target,
        [TELLTALE.ESCALATION_TARGET_TYPE]: options.targetType ?? 'human',
      },
      extra: options.attributes,
    },
    {
      handle: (span) => new StepSpan(span),
      onStart: (span) => {
        span.setInput(options.input).setContent(TELLTALE.ESCALATION_ASKED, options.asked);
        span.setContent(TELLTALE.ESCALATION_REASON, options.reason);
        if (!isContentCaptured()) span.set(TELLTALE.ESCALATION_REASON, plainReason);
      },
      onResult: (span, result) => span.outputDefault(result),
    },
    (span) => fn?.(span),
  );
}
