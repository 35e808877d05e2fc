// What failed in a span: type, message and stack, from its columns, its exception event and its attributes.
import type { Attributes, SpanDetail } from '#schema/span';

export interface SpanFailure {
  readonly type: string;
  readonly message: string;
  readonly stack: string | null;
}

const textAt = (attributes: Attributes, key: string): string | null => {
  const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : null;
};

/** null when the span did not fail. The last exception event speaks: earlier ones may have been survived. */
export function failureOfSpan(span: SpanDetail): SpanFailure | null {
  const event = span.events.filter((each) => each.name === 'exception').at(-1);
  if (!span.isError && event === undefined) return null;
  const from = event?.attributes ?? {};
  const type = textAt(from, 'exception.type') ?? span.errorType ?? textAt(span.attributes, 'error.type') ?? 'Error';
  const message = textAt(from, 'exception.message') ?? (span.statusMessage || span.errorMessage || '');
  const stack = textAt(from, 'exception.stacktrace') ?? textAt(span.attributes, 'exception.stacktrace');
  return { type, message, stack };
}
