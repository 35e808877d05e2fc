// One span, from positions in the request to a row of the block: what dialect tables found, errors derived, the rest
// copied as it came.
import type { SpanKind } from '#contracts/span';
import { storedFlags } from '#domain/run/run-status';
import type { StringColumn } from '#storage/native/columns';
import type { SpanBlock, SpanColumns } from '#storage/span-block';
import { cutText } from '../redact/cut-long.ts';
import { type AnyValue, TYPE, valueText } from '../wire/any-value.ts';
import { SLOT } from './dialects/dialect.ts';
import { messagesInEvents } from './dialects/event-messages.ts';
import { indexedListJson } from './dialects/indexed-list.ts';
import { Rules } from './dialects/rules.ts';
import type { AttributeList } from './fields/attribute-list.ts';
import { type Event, readEvents, readLinks } from './fields/events-and-links.ts';
import type { FieldWire } from './fields/field-wire.ts';
import type { ResourceContext } from './fields/resource-context.ts';
import type { SpanFields } from './fields/span-fields.ts';
import { KindResolver } from './kind.ts';
import { Prices } from './prices/price-of.ts';
import { normalizeProvider } from './provider.ts';
import { putName, putText } from './put.ts';
import { Slots } from './slots.ts';
import { writeDuration, writeTime } from './time.ts';
import { writeDecision } from './write-decision.ts';
import { writeError } from './write-error.ts';
import { writeMarks } from './write-marks.ts';

const NO_EVENTS: readonly Event[] = [];

export class SpanWriter {
  readonly rules: Rules;
  readonly #kinds = new KindResolver();
  readonly #slots = new Slots();
  readonly #prices = new Prices();

  constructor(rules = new Rules()) {
    this.rules = rules;
  }

  /**
   * Appends the span as one row. It must be valid (validate-span.ts).
   * @returns false when it only announces a span that follows (a pending span): nothing was appended
   */
  write(wire: FieldWire, span: SpanFields, resource: ResourceContext, block: SpanBlock): boolean {
    const { columns, rows: row } = block;
    const slots = this.#slots;
    slots.fill(wire, span.attributes);
    if (slots.has(SLOT.pendingSpan)) return false;
    const kind = this.#kinds.resolve(wire, span, slots, this.rules.signs);
    writeIdentity(wire, span, columns);
    const isLocalRoot = slots.text(wire, span.attributes, SLOT.localRoot) === 'true';
    columns.flags.sink.u32(storedFlags(span.flags, isLocalRoot));
    columns.kind.text(kind);
    resource.writeRow(wire, columns, row);
    this.#writeNames(wire, span, kind, resource, columns);
    this.#writeNumbers(wire, span, kind, columns);
    writeDecision(wire, span, slots, kind, columns);
    writeMarks(wire, span, slots, columns);
    const events = span.events.size === 0 ? NO_EVENTS : readEvents(wire, span);
    this.#writePayloads(wire, span, columns, events);
    columns.events.text(events.length === 0 ? '' : JSON.stringify(events));
    columns.links.text(span.links.size === 0 ? '' : JSON.stringify(readLinks(wire, span)));
    writeError(wire, span, slots, kind, resource, columns, events);
    return true;
  }

  #writeNames(
    wire: FieldWire,
    span: SpanFields,
    kind: SpanKind,
    resource: ResourceContext,
    columns: SpanColumns,
  ): void {
    const slots = this.#slots;
    const list = span.attributes;
    if (slots.has(SLOT.agent)) putName(wire, span, slots, SLOT.agent, columns.agent);
    else if (kind === 'agent' && slots.has(SLOT.entityName)) putName(wire, span, slots, SLOT.entityName, columns.agent);
    else if (kind === 'agent' && resource.agent === '') columns.agent.slice(wire.bytes, span.name.start, span.name.end);
    else columns.agent.text(resource.agent);
    putName(wire, span, slots, SLOT.agentVersion, columns.agent_version);
    putName(wire, span, slots, SLOT.model, columns.model);
    if (kind !== 'tool') columns.tool_name.text('');
    else if (slots.has(SLOT.toolName)) putName(wire, span, slots, SLOT.toolName, columns.tool_name);
    else if (slots.has(SLOT.entityName)) putName(wire, span, slots, SLOT.entityName, columns.tool_name);
    else columns.tool_name.slice(wire.bytes, span.name.start, span.name.end);
    putText(wire, span, slots, SLOT.toolCallId, columns.tool_call_id);
    columns.provider.text(slots.has(SLOT.provider) ? normalizeProvider(slots.text(wire, list, SLOT.provider)) : '');
    putName(wire, span, slots, SLOT.escalationTarget, columns.escalation_target);
    putName(wire, span, slots, SLOT.stopReason, columns.stop_reason);
    putText(wire, span, slots, SLOT.reason, columns.reason);
    if (slots.has(SLOT.sessionId)) putText(wire, span, slots, SLOT.sessionId, columns.session_id);
    else columns.session_id.text(resource.sessionId);
    if (slots.has(SLOT.userId)) putText(wire, span, slots, SLOT.userId, columns.user_id);
    else columns.user_id.text(resource.userId);
  }

  #writeNumbers(wire: FieldWire, span: SpanFields, kind: SpanKind, columns: SpanColumns): void {
    const slots = this.#slots;
    const list = span.attributes;
    columns.tokens_in.count(slots.number(wire, list, SLOT.tokensIn));
    columns.tokens_out.count(slots.number(wire, list, SLOT.tokensOut));
    columns.tokens_cached.count(slots.number(wire, list, SLOT.tokensCached));
    columns.tokens_reasoning.count(slots.number(wire, list, SLOT.tokensReasoning));
    columns.retry_attempt.count(slots.number(wire, list, SLOT.retryAttempt));
    // Several clients send 0 when they do not know the price; a run that cost nothing is rarer than that.
    const cost = slots.number(wire, list, SLOT.costUsd) ?? sumOfCosts(wire, list, slots);
    columns.cost_usd.double(cost === null || cost <= 0 ? this.#estimate(wire, list, kind) : cost);
  }

  /** From the price table, for the call itself only: what is around it repeats its tokens. */
  #estimate(wire: FieldWire, list: AttributeList, kind: SpanKind): number | null {
    if (kind !== 'llm' && kind !== 'embedding') return null;
    const slots = this.#slots;
    const tokensIn = slots.number(wire, list, SLOT.tokensIn);
    if (tokensIn === null) return null;
    return this.#prices.priceOf({
      model: slots.text(wire, list, SLOT.model),
      provider: normalizeProvider(slots.text(wire, list, SLOT.provider)),
      tokensIn,
      tokensOut: slots.number(wire, list, SLOT.tokensOut),
      tokensCached: slots.number(wire, list, SLOT.tokensCached),
    });
  }

  #writePayloads(wire: FieldWire, span: SpanFields, columns: SpanColumns, events: readonly Event[]): void {
    const list = span.attributes;
    const input = this.#writePayload(wire, span, 'input', columns.input, events);
    const output = this.#writePayload(wire, span, 'output', columns.output, events);
    list.writeRow(wire, columns.attributes, columns.attribute_types, input, output);
  }

  /** Writes input or output. Returns the index of the attribute whose text moved into the column, or −1. */
  #writePayload(
    wire: FieldWire,
    span: SpanFields,
    slot: 'input' | 'output',
    column: StringColumn,
    events: readonly Event[],
  ): number {
    const list = span.attributes;
    const index = this.#slots.at(SLOT[slot]);
    if (index >= 0) {
      const value = list.values[index] as AnyValue;
      if (value.type === TYPE.string) {
        column.slice(wire.bytes, value.start, value.end);
        return index;
      }
      column.text(valueText(wire, value));
      return -1;
    }
    const workedOut = this.#slots.workedOut(SLOT[slot]);
    if (workedOut !== null) {
      column.text(cutText(String(workedOut).toWellFormed()));
      return -1;
    }
    for (const prefix of this.#slots.hasLeaves(SLOT[slot]) ? this.rules.indexedPrefixes(slot) : []) {
      const json = indexedListJson(wire, list, prefix);
      if (json === null) continue;
      column.text(json);
      return -1;
    }
    column.text(events.length === 0 ? '' : messagesInEvents(events, slot));
    return -1;
  }
}

/** What input and output cost together, where a client gives no total. */
function sumOfCosts(wire: FieldWire, list: AttributeList, slots: Slots): number | null {
  if (!slots.has(SLOT.costInUsd) && !slots.has(SLOT.costOutUsd)) return null;
  return (slots.number(wire, list, SLOT.costInUsd) ?? 0) + (slots.number(wire, list, SLOT.costOutUsd) ?? 0);
}

function writeIdentity(wire: FieldWire, span: SpanFields, columns: SpanColumns): void {
  const { bytes } = wire;
  columns.trace_id.sink.copy(bytes, span.traceId.start, span.traceId.end);
  columns.span_id.sink.copy(bytes, span.spanId.start, span.spanId.end);
  if (span.parentSpanId.start === span.parentSpanId.end) columns.parent_span_id.sink.zeros(8);
  else columns.parent_span_id.sink.copy(bytes, span.parentSpanId.start, span.parentSpanId.end);
  columns.trace_state.slice(bytes, span.traceState.start, span.traceState.end);
  columns.name.slice(bytes, span.name.start, span.name.end);
  columns.otel_kind.sink.u8(span.otelKind <= 5 ? span.otelKind : 0);
  columns.status_code.sink.u8(span.statusCode <= 2 ? span.statusCode : 0);
  writeTime(span, columns.start_time.sink);
  writeDuration(span, columns.duration_ns.sink);
  columns.dropped_attributes.sink.u32(span.droppedAttributes);
  columns.dropped_events.sink.u32(span.droppedEvents);
  columns.dropped_links.sink.u32(span.droppedLinks);
}
