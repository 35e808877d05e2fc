// Describes why an export failed; the exporter's errors are often terse or empty.
import type { Refusal } from './exporter.ts';
import { headOf } from './whole-text.ts';

const MAX_BODY = 300;

/** One sentence part without a full stop, such as `answered 400 Bad Request: invalid JSON`. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  const status: unknown = Reflect.get(error, 'code');
  if (typeof status === 'number') return `answered ${[status, error.message].join(' ').trim()}${answer(error)}`;
  // Node reports a refused `localhost` (IPv4 and IPv6) as an AggregateError with an empty message.
  if (error instanceof AggregateError && error.message === '') return describeFailure(error.errors.at(-1));
  return error.message || error.name;
}

function answer(error: Error): string {
  const body: unknown = Reflect.get(error, 'data');
  if (typeof body !== 'string' || body.trim() === '') return '';
  return `: ${headOf(messageIn(body), MAX_BODY)}`;
}

/** OTLP/JSON errors are a Status: {code, message}. */
function messageIn(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    const message: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'message') : undefined;
    return typeof message === 'string' ? message : body;
  } catch {
    return body;
  }
}

/** The same for a partial success. */
export function describeRefusal(refusal: Refusal | null): string {
  const { rejectedSpans, message } = refusal ?? { rejectedSpans: 0, message: '' };
  return `refused ${rejectedSpans} ${rejectedSpans === 1 ? 'span' : 'spans'}${message ? `: ${message}` : ''}`;
}
