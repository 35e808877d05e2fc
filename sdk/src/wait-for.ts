// waitFor(): the agent waits for the answer of a person or another system, and announces that it waits.
import { TELLTALE } from './attributes.ts';
import { splitCall } from './expect.ts';
import { quietly } from './quietly.ts';
import { runSpan } from './run-span.ts';
import type { StepFunction } from './step.ts';
import { StepSpan } from './step-span.ts';

export interface WaitForOptions {
  /** What the other side is asked. Recorded unless content capture is off. */
  input?: unknown;
  /** False leaves the answer out of the span. Default true. */
  captureOutput?: boolean | undefined;
  attributes?: Record<string, unknown> | undefined;
}

const USAGE = 'waitFor(target, options?, () => answer), with a name and a function that resolves to the answer.';

/**
 * Runs `fn`, which resolves when `target` has answered; a Telltale shows the run as waiting for `target` meanwhile, for
 * as long as this process lives. Resolves to the answer, rejects as `fn` does.
 */
export function waitFor<T>(target: string, fn: StepFunction<T>): Promise<T>;
export function waitFor<T>(target: string, options: WaitForOptions | undefined, fn: StepFunction<T>): Promise<T>;
export async function waitFor<T>(
  target: string,
  ...rest: [StepFunction<T>] | [WaitForOptions | undefined, StepFunction<T>]
): Promise<T> {
  const { options, fn } = splitCall<WaitForOptions, StepFunction<T>>(USAGE, rest);
  const whom = quietly(() => String(target)) ?? 'unknown';
  return runSpan<StepSpan, T>(
    {
      name: `wait for ${whom}`,
      kind: 'other',
      attributes: { [TELLTALE.WAITING_FOR]: whom },
      extra: options.attributes,
    },
    {
      handle: (span) => new StepSpan(span),
      onStart: (span) => span.setInput(options.input).waitingFor(whom),
      onResult: (span, answer) => {
        if (options.captureOutput !== false) span.outputDefault(answer);
      },
    },
    fn,
  );
}
