// One span, from positions in the request to a row of the block: what dialect tables found, errors derived, the rest
// copied as it came.
import type { SpanKind } from '#schema/span';
import type { StringColumn } from '#storage/native/columns';
import type { SpanBlock, SpanColumns } from '#storage/span-block';
import { SLOT } from './dialects/dialect.ts';
import { indexedListJson } from './dialects/indexed-list.ts';
import { Rules } from './dialects/rules.ts';
import { KindResolver } from './kind.ts';
import { type AnyValue, TYPE, valueText } from './otlp/any-value.ts';
import { type Event, readEvents, readLinks } from './otlp/events-and-links.ts';
import type { ResourceContext } from './otlp/resource-context.ts';
import type { SpanFields } from './otlp/span-fields.ts';
import type { Wire } from './otlp/wire.ts';
import { normaliseProvider } from './provider.ts';
import { putName, putText } from './put.ts';
import { numberOf, Slots } from './slots.ts';
import { writeDuration, writeTime } from './time.ts';
import { writeDecision } from './write-decision.ts';
import { writeError } from './write-error.ts';

const NO_EVENTS: readonly Event[] = [];

export class SpanWriter {
  readonly rules: Rules;
  readonly #kinds = new KindResolver();
  readonly #slots = new Slots();

  constructor(rules = new Rules()) {
    this.rules = rules;
  }

  /** Appends the span as one row. It must be valid (validate-span.ts). */
  write(wire: Wire, span: SpanFields, resource: ResourceContext, block: SpanBlock): void {
    const { columns, rows: row } = block;
    const slots = this.#slots;
    slots.fill(wire, span.attributes, this.rules);
    const kind = this.#kinds.resolve(wire, span, slots);
    writeIdentity(wire, span, columns);
    columns.kind.text(kind);
    resource.writeRow(wire, columns, row);
    this.#writeNames(wire, span, kind, resource, columns);
    this.#writeNumbers(wire, span, columns);
    writeDecision(wire, span, slots, kind, columns);
    this.#writePayloads(wire, span, columns);
    const events = span.events.size === 0 ? NO_EVENTS : readEvents(wire, span);
    columns.events.text(events.length === 0 ? '' : JSON.stringify(events));
    columns.links.text(span.links.size === 0 ? '' : JSON.stringify(readLinks(wire, span)));
    writeError(wire, span, slots, kind, resource, columns, events);
  }

  #writeNames(wire: Wire, span: SpanFields, kind: SpanKind, resource: ResourceContext, columns: SpanColumns): void {
    const slots = this.#slots;
    const list = span.attributes;
    const entity = slots.at(SLOT.entityName);
    const agent = slots.at(SLOT.agent);
    const agentIndex = agent < 0 && kind === 'agent' ? entity : agent;
    if (agentIndex >= 0) putName(wire, span, agentIndex, columns.agent);
    else if (kind === 'agent' && resource.agent === '') columns.agent.slice(wire.bytes, span.name.start, span.name.end);
    else columns.agent.text(resource.agent);
    putName(wire, span, slots.at(SLOT.agentVersion), columns.agent_version);
    putName(wire, span, slots.at(SLOT.model), columns.model);
    const tool = slots.at(SLOT.toolName);
    putName(wire, span, kind !== 'tool' ? -1 : tool < 0 ? entity : tool, columns.tool_name);
    putText(wire, span, slots.at(SLOT.toolCallId), columns.tool_call_id);
    const provider = slots.at(SLOT.provider);
    columns.provider.text(provider < 0 ? '' : normaliseProvider(list.text(wire, provider)));
    putName(wire, span, slots.at(SLOT.escalationTarget), columns.escalation_target);
    const session = slots.at(SLOT.sessionId);
    if (session < 0) columns.session_id.text(resource.sessionId);
    else putText(wire, span, session, columns.session_id);
    const user = slots.at(SLOT.userId);
    if (user < 0) columns.user_id.text(resource.userId);
    else putText(wire, span, user, columns.user_id);
  }

  #writeNumbers(wire: Wire, span: SpanFields, columns: SpanColumns): void {
    const slots = this.#slots;
    const list = span.attributes;
    columns.tokens_in.count(numberOf(wire, list, slots.at(SLOT.tokensIn)));
    columns.tokens_out.count(numberOf(wire, list, slots.at(SLOT.tokensOut)));
    columns.tokens_cached.count(numberOf(wire, list, slots.at(SLOT.tokensCached)));
    columns.tokens_reasoning.count(numberOf(wire, list, slots.at(SLOT.tokensReasoning)));
    columns.retry_attempt.count(numberOf(wire, list, slots.at(SLOT.retryAttempt)));
    // Several clients send 0 when they do not know the price; a run that cost nothing is rarer than that.
    const cost = numberOf(wire, list, slots.at(SLOT.costUsd));
    columns.cost_usd.double(cost === null || cost <= 0 ? null : cost);
  }

  #writePayloads(wire: Wire, span: SpanFields, columns: SpanColumns): void {
    const list = span.attributes;
    const input = this.#writePayload(wire, span, 'input', columns.input);
    const output = this.#writePayload(wire, span, 'output', columns.output);
    list.writeRow(wire, columns.attributes, columns.attribute_types, input, output);
  }

  /** Writes input or output. Returns the index of the attribute whose text moved into the column, or −1. */
  #writePayload(wire: Wire, span: SpanFields, slot: 'input' | 'output', column: StringColumn): number {
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
    for (const prefix of this.#slots.hasLeaves(SLOT[slot]) ? this.rules.indexedPrefixes(slot) : []) {
      const json = indexedListJson(wire, list, prefix);
      if (json === null) continue;
      column.text(json);
      return -1;
    }
    column.text('');
    return -1;
  }
}

function writeIdentity(wire: Wire, span: SpanFields, columns: SpanColumns): void {
  const { bytes } = wire;
  columns.trace_id.sink.copy(bytes, span.traceId.start, span.traceId.end);
  columns.span_id.sink.copy(bytes, span.spanId.start, span.spanId.end);
  if (span.parentSpanId.start === span.parentSpanId.end) columns.parent_span_id.sink.zeros(8);
  else columns.parent_span_id.sink.copy(bytes, span.parentSpanId.start, span.parentSpanId.end);
  columns.flags.sink.u32(span.flags);
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
