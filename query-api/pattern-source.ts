// Where the fingerprint of an error came from, as far as its span shows: the order of the collector's rule. Pure.
import type { PatternDetail } from '#contracts/pattern';
import type { SpanDetail } from '#contracts/span';
import { splitStack } from '#domain/pattern/split-stack';
import { topFrame } from '#domain/pattern/top-frame';

type Source = Pick<PatternDetail['why'], 'source' | 'frame'>;
const HTTP = ['http.response.status_code', 'http.status_code'];
const REASONS = ['gen_ai.response.finish_reasons', 'ai.response.finishReason'];

export function sourceOf(span: SpanDetail | null): Source {
  if (span === null) return { source: 'none', frame: '' };
  const has = (key: string) => Object.hasOwn(span.attributes, key) && textOf(span.attributes[key]) !== '';
  const exception = span.events.findLast(({ name }) => name === 'exception')?.attributes ?? {};
  const said = textOf(exception['exception.message']);
  const stack = textOf(exception['exception.stacktrace']);
  const frame = topFrame(splitStack(said || span.errorMessage || span.statusMessage, stack).stack);
  if (has('error.fingerprint')) return { source: 'given', frame: '' };
  if (said !== '') return { source: 'exception', frame };
  if (span.statusMessage !== '') return { source: 'status', frame };
  if (span.kind === 'tool' && (span.errorMessage ?? '') !== '') return { source: 'tool result', frame };
  if (REASONS.some(has)) return { source: 'finish reason', frame };
  return { source: HTTP.some(has) ? 'http status' : 'none', frame };
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
