// How a run got through: what it went on without, circuits, dead letters, tokens, answers in a new shape. Pure.
import type { NoteFact, RunFacts } from '#contracts/run-facts';
import type { SpanFacts } from '../span-facts.ts';
import { cleanText } from './clean.ts';
import { LIST_MAX, REASON_MAX_CHARS } from './limits.ts';
import { atMsOf, stepName, type TraceIndex } from './trace-index.ts';

/** Steps that a run went on without, each name once. */
export function degradedFacts(index: TraceIndex): RunFacts['degraded'] {
  const facts: RunFacts['degraded'] = [];
  const named = new Set<string>();
  for (const span of index.ordered) {
    for (const { code, detail } of span.marks) {
      if (code !== 'degraded' || facts.length === LIST_MAX) continue;
      const [how, ...rest] = detail.split(' ');
      const names = rest.join(' ').split(', ');
      const without = names.flatMap((name) => cleanText(name, 80) ?? []).filter((name) => !named.has(name));
      for (const name of without) named.add(name);
      if (without.length > 0) {
        facts.push({
          spanId: span.spanId,
          atMs: atMsOf(span, index),
          how: how === 'skipped' ? how : 'fallback',
          without,
        });
      }
    }
  }
  return facts;
}

/** Each once, in order. */
export function noteFacts(index: TraceIndex): NoteFact[] {
  const notes = new Map<string, NoteFact>();
  for (const span of index.ordered) {
    for (const mark of span.marks) {
      const note = noteOf(span, mark, atMsOf(span, index));
      if (note === null || notes.size >= LIST_MAX) continue;
      const key = `${note.code}\n${note.code === 'circuit_opened' || note.code === 'circuit_closed' ? '' : note.step}\n${note.detail}`;
      if (!notes.has(key)) notes.set(key, note);
    }
  }
  return [...notes.values()];
}

function noteOf(span: SpanFacts, { code, detail }: SpanFacts['marks'][number], atMs: number): NoteFact | null {
  const note = (code: NoteFact['code'], text: string, step = stepName(span)): NoteFact => ({
    spanId: span.spanId,
    atMs,
    step,
    code,
    detail: cleanText(text, REASON_MAX_CHARS) ?? '',
  });
  const [first = '', ...rest] = detail.split(' ');
  switch (code) {
    case 'circuit':
      if (first === 'half_open' || span.errorType === 'circuit_open') return null;
      return note(first === 'closed' ? 'circuit_closed' : 'circuit_opened', rest.join(' '));
    case 'dead_letter':
      return note('dead_letter', detail, stepName({ ...span, name: span.name.replace(/^dead letter /, '') }));
    case 'token_refreshed':
      return first === 'rejected' && span.name.startsWith('refresh token ')
        ? note('token_refreshed', span.name.slice('refresh token '.length))
        : null;
    case 'schema_changed':
      return note('schema_changed', detail);
    case 'constraint_failed':
      return note('constraint_failed', detail);
    case 'key':
      return first === 'replayed' ? note('replayed', '') : null;
    default:
      return null;
  }
}
