// What kind of step a span is.
import type { SpanKind } from '#schema/span';
import { SLOT } from './dialects/dialect.ts';
import type { SpanFields } from './otlp/span-fields.ts';
import type { Wire } from './otlp/wire.ts';
import type { Slots } from './slots.ts';

/** How many parents of tool spans are remembered: a tool ends, and is sent, before the span around it. */
const REMEMBERED_PARENTS = 20_000;

export class KindResolver {
  readonly #toolParents = new Set<string>();

  /** The kind a table gave; else a model means a model call; else other. */
  resolve(wire: Wire, span: SpanFields, slots: Slots): SpanKind {
    const { kind } = slots;
    if (kind === 'tool') this.#remember(wire, span);
    if (kind === 'wrapper')
      return this.#toolParents.has(idOf(wire, span.traceId.start, span.spanId)) ? 'agent' : 'other';
    if (kind !== null) return kind;
    if (slots.at(SLOT.decisionName) >= 0) return 'decision';
    return slots.at(SLOT.model) >= 0 ? 'llm' : 'other';
  }

  #remember(wire: Wire, span: SpanFields): void {
    if (span.parentSpanId.start === span.parentSpanId.end) return;
    if (this.#toolParents.size >= REMEMBERED_PARENTS) {
      const oldest = this.#toolParents.values().next().value;
      if (oldest !== undefined) this.#toolParents.delete(oldest);
    }
    this.#toolParents.add(idOf(wire, span.traceId.start, span.parentSpanId));
  }
}

function idOf(wire: Wire, traceStart: number, span: { start: number; end: number }): string {
  return (
    wire.bytes.toString('latin1', traceStart, traceStart + 16) + wire.bytes.toString('latin1', span.start, span.end)
  );
}
