// Where the fingerprint of an error came from, as far as its span shows: the order of the collector's rule. Pure.
import type { PatternDetail } from '#schema/pattern';
import type { SpanDetail } from '#schema/span';
import { splitStack } from '#schema/split-stack';
import { topFrames } from '#schema/top-frames';

type Source = Pick<PatternDetail['why'], 'source' | 'frames'>;
const HTTP = ['http.response.status_code', 'http.status_code'];
const REASONS = ['gen_ai.response.finish_reasons', 'ai.response.finishReason'];

export function sourceOf(span: SpanDetail | null): Source {
  if (span === null) return { source: 'none', frames: [] };
  const has = (key: string) => Object.hasOwn(span.attributes, key) && textOf(span.attributes[key]) !== '';
  const exception = span.events.findLast(({ name }) => name === 'exception')?.attributes ?? {};
  const said = textOf(exception['exception.message']);
  const stack = textOf(exception['exception.stacktrace']);
  const frames = topFrames(splitStack(said || span.errorMessage || span.statusMessage, stack).stack);
  if (has('error.fingerprint')) return { source: 'given', frames: [] };
  if (said !== '') return { source: 'exception', frames };
  if (span.statusMessage !== '') return { source: 'status', frames };
  if (span.kind === 'tool' && (span.errorMessage ?? '') !== '') return { source: 'tool result', frames };
  if (REASONS.some(has)) return { source: 'finish reason', frames };
  return { source: HTTP.some(has) ? 'http status' : 'none', frames };
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
