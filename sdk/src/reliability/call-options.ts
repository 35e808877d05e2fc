// The span options of every reliable call, and how that span is opened.
import type { StepKind } from '../attributes.ts';
import { runOther, runTool } from '../step.ts';
import type { StepSpan } from '../step-span.ts';

export interface CallOptions {
  /** What kind of step it is; a tool call by default. */
  kind?: StepKind | undefined;
  /** What the call works on. Recorded unless content capture is off, and kept in a dead letter. */
  input?: unknown;
  /** Your own reference to the input, such as `order:48213`. Default: the span that holds it. */
  inputRef?: string | undefined;
  /** False leaves the return value out of the span. Default true. */
  captureOutput?: boolean | undefined;
  /** Stops the call, its waits and its further attempts. */
  signal?: AbortSignal | undefined;
  /** Further attributes of your own. */
  attributes?: Record<string, unknown> | undefined;
}

/**
 * Runs `fn` inside the span of the call.
 * @param isCounted false when it is part of a step that a defined agent has counted already
 */
export function runStep<T>(
  name: string,
  options: CallOptions,
  attributes: Record<string, unknown>,
  fn: (span: StepSpan) => T | Promise<T>,
  isCounted = true,
): Promise<T> {
  const { input, inputRef, captureOutput, kind = 'tool' } = options;
  const shared = { input, inputRef, captureOutput, attributes: { ...options.attributes, ...attributes } };
  return kind === 'tool' ? runTool(name, shared, fn, isCounted) : runOther(name, { ...shared, kind }, fn, isCounted);
}
