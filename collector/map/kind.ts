// What kind of step a span is.
import { LRUCache } from 'lru-cache';
import type { SpanKind } from '#contracts/span';
import { SLOT } from './dialects/dialect.ts';
import type { Sign } from './dialects/rules.ts';
import type { FieldWire } from './fields/field-wire.ts';
import type { SpanFields } from './fields/span-fields.ts';
import type { Slots } from './slots.ts';

/** How many parents of tool spans are remembered: a tool ends, and is sent, before the span around it. */
const REMEMBERED_PARENTS = 20_000;

export class KindResolver {
  readonly #toolParents = new LRUCache<string, true>({ max: REMEMBERED_PARENTS });

  /** The kind a table gave; else that of keys which are signs of one; else a model means a model call; else other. */
  resolve(wire: FieldWire, span: SpanFields, slots: Slots, signs: readonly Sign[]): SpanKind {
    const { kind } = slots;
    if (kind === 'tool') {
      this.#remember(wire, span);
      return isHandoff(wire, span) ? 'handoff' : 'tool';
    }
    if (kind === 'chain') return isRoot(span) || slots.has(SLOT.isRoot) ? 'agent' : 'other';
    if (kind === 'wrapper')
      return this.#toolParents.has(idOf(wire, span.traceId.start, span.spanId)) ? 'agent' : 'other';
    if (kind !== null) return kind;
    if (slots.has(SLOT.decisionName)) return 'decision';
    if (slots.signs !== 0) {
      const sign = signs.find(({ bits }) => (slots.signs & bits) === bits);
      if (sign !== undefined) return sign.kind;
    }
    return slots.has(SLOT.model) ? 'llm' : 'other';
  }

  #remember(wire: FieldWire, span: SpanFields): void {
    if (isRoot(span)) return;
    this.#toolParents.set(idOf(wire, span.traceId.start, span.parentSpanId), true);
  }
}

const isRoot = (span: SpanFields): boolean => span.parentSpanId.start === span.parentSpanId.end;

const HANDOFF = Buffer.from('handoff');
/** OpenAI Agents says TOOL of a handoff, and names it `handoff` or `handoff to <agent>`. */
function isHandoff({ bytes }: FieldWire, { name }: SpanFields): boolean {
  const end = name.start + HANDOFF.length;
  if (end > name.end || bytes[name.start] !== HANDOFF[0]) return false;
  if (bytes.compare(HANDOFF, 0, HANDOFF.length, name.start, end) !== 0) return false;
  return end === name.end || bytes[end] === 0x20; // a space
}

function idOf(wire: FieldWire, traceStart: number, span: { start: number; end: number }): string {
  return (
    wire.bytes.toString('latin1', traceStart, traceStart + 16) + wire.bytes.toString('latin1', span.start, span.end)
  );
}
