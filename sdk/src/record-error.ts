// Writes an error onto a span: error.type, an exception event with the stack and its causes, status ERROR.
import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { STANDARD } from './attributes.ts';
import { now } from './clock.ts';
import { withoutContent } from './content.ts';
import { quietly } from './quietly.ts';
import { cut } from './safe-json.ts';

const MAX_MESSAGE = 4_096;
const MAX_STACK = 32_768;
const MAX_CAUSES = 5;

/** Accepts any thrown value, also one that is not an Error or cannot be read. */
export function recordError(span: Span, thrown: unknown): void {
  const type = errorType(thrown);
  const message = cut(errorMessage(thrown), MAX_MESSAGE);
  const stack = quietly(() =>
    thrown instanceof Error ? cut(withoutContent(stackWithCauses(thrown), thrown), MAX_STACK) : undefined,
  );
  span.setAttribute(STANDARD.ERROR_TYPE, type);
  const attributes = {
    [STANDARD.EXCEPTION_TYPE]: type,
    [STANDARD.EXCEPTION_MESSAGE]: message,
    ...(stack === undefined ? {} : { [STANDARD.EXCEPTION_STACKTRACE]: stack }),
  };
  span.addEvent('exception', attributes, now());
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** The most specific low-cardinality name: the error's own name, its class, its code. Never throws. */
export function errorType(thrown: unknown): string {
  return quietly(() => typeOf(thrown)) ?? '_OTHER';
}

function typeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown === 'object' ? '_OTHER' : typeof thrown;
  const code: unknown = Reflect.get(thrown, 'code');
  const names = [thrown.name, thrown.constructor.name, code];
  // `error` is what pg names its DatabaseError.
  const specific = names.find((name) => typeof name === 'string' && name !== '' && name.toLowerCase() !== 'error');
  return typeof specific === 'string' ? specific : 'Error';
}

/** Its message, without contents when they are not captured. Never throws. */
export function errorMessage(thrown: unknown): string {
  return quietly(() => withoutContent(messageOf(thrown), thrown)) ?? 'an error that cannot be read';
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return String(thrown.message);
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown ? String(thrown.message) : String(thrown);
}

function stackWithCauses(error: Error): string {
  const parts = [String(error.stack ?? error)];
  let cause = error.cause;
  while (cause instanceof Error && parts.length <= MAX_CAUSES) {
    parts.push(`Caused by: ${String(cause.stack ?? cause)}`);
    cause = cause.cause;
  }
  return parts.join('\n');
}
