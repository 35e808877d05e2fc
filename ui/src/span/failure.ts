// What failed in a span: type, message and stack, from its columns, its exception event and its attributes.
import type { Attributes, SpanDetail } from '#contracts/span';

export interface SpanFailure {
  readonly type: string;
  readonly message: string;
  readonly stack: string | null;
  /** Where it began, as recorded by the SDK; null = not recorded. */
  readonly origin: FailureOrigin | null;
}

export interface FailureOrigin {
  readonly step: string;
  /** From 1. */
  readonly attempt: number;
  /** What the application calls its input; null when it is the input of a span. */
  readonly inputRef: string | null;
  /** The span that holds the input. */
  readonly inputSpanId: string | null;
}

const textAt = (attributes: Attributes, key: string): string | null => {
  const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : null;
};

/** null when the span did not fail. The last exception event counts: the step may have recovered from earlier ones. */
export function failureOfSpan(span: SpanDetail): SpanFailure | null {
  const event = span.events.filter((each) => each.name === 'exception').at(-1);
  if (!span.isError && event === undefined) return null;
  const from = event?.attributes ?? {};
  const type = textAt(from, 'exception.type') ?? span.errorType ?? textAt(span.attributes, 'error.type') ?? 'Error';
  const message = textAt(from, 'exception.message') ?? (span.statusMessage || span.errorMessage || '');
  const stack = textAt(from, 'exception.stacktrace') ?? textAt(span.attributes, 'exception.stacktrace');
  return { type, message, stack, origin: originOf(span.traceId, span.attributes) };
}

function originOf(traceId: string, attributes: Attributes): FailureOrigin | null {
  const step = textAt(attributes, 'telltale.failure.step');
  if (step === null) return null;
  const given = attributes['telltale.failure.attempt'];
  const ref = textAt(attributes, 'telltale.failure.input_ref');
  const inputSpanId = ref?.startsWith(`${traceId}/`) ? ref.slice(traceId.length + 1) : null;
  const attempt = typeof given === 'number' && given >= 1 ? given : 1;
  return { step, attempt, inputRef: inputSpanId === null ? ref : null, inputSpanId };
}
