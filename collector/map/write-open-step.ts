// A log record that says a step is open becomes a row of `open_steps` (docs/decisions/0046-open-steps.md).
import { SPAN_KINDS } from '#contracts/span';
import { headOf } from '#domain/clip';
import type { OpenStepBlock } from '#storage/open-step-block';
import { STANDARD, TELLTALE } from '#vocabulary';
import type { FieldWire } from './fields/field-wire.ts';
import type { LogFields } from './fields/log-fields.ts';
import type { ResourceContext } from './fields/resource-context.ts';
import { isStorableTime } from './time.ts';

/** A process is given up after this many signs of life that did not come. */
const MISSED_SIGNS = 4;
const MIN_INTERVAL_S = 0.25;
const MAX_INTERVAL_S = 300;
const DEFAULT_INTERVAL_S = 10;
const MAX_TEXT_CHARS = 500;

const EVENT = Buffer.from(TELLTALE.OPEN_STEP_EVENT);
const KINDS = new Set<string>(SPAN_KINDS);

/** Whether the record says that a step is open. Without the ids of a step it is a record like others. */
export function isOpenStep(wire: FieldWire, log: LogFields): boolean {
  const { start, end } = log.eventName;
  if (end - start !== EVENT.length || wire.bytes.compare(EVENT, 0, EVENT.length, start, end) !== 0) return false;
  return isId(wire, log.traceId, 16) && isId(wire, log.spanId, 8);
}

/** Appends the record as one row. The record's time is when the step began. */
export function writeOpenStep(wire: FieldWire, log: LogFields, resource: ResourceContext, block: OpenStepBlock): void {
  log.redact(wire);
  const { columns } = block;
  const said = textsOf(wire, log);
  const text = (key: string) => headOf(said.get(key) ?? '', MAX_TEXT_CHARS);
  const kind = text(TELLTALE.STEP_KIND);
  columns.project_id.text(resource.projectId);
  columns.received_at.sink.u64(resource.receivedAtMs);
  columns.trace_id.sink.copy(wire.bytes, log.traceId.start, log.traceId.end);
  columns.span_id.sink.copy(wire.bytes, log.spanId.start, log.spanId.end);
  const parent = text(TELLTALE.OPEN_STEP_PARENT);
  const hasParent = /^[0-9a-f]{16}$/i.test(parent);
  columns.parent_span_id.sink.copy(Buffer.from(hasParent ? parent : '0'.repeat(16), 'hex'), 0, 8);
  if (isStorableTime(log.timeLow, log.timeHigh)) columns.start_time.sink.u64Halves(log.timeLow, log.timeHigh);
  else {
    const ns = BigInt(resource.receivedAtMs) * 1_000_000n;
    columns.start_time.sink.u64Halves(Number(ns & 0xffffffffn), Number(ns >> 32n));
  }
  columns.alive_until.sink.u64(resource.receivedAtMs + MISSED_SIGNS * intervalMs(text(TELLTALE.OPEN_STEP_INTERVAL)));
  columns.is_first.sink.u8(text(TELLTALE.OPEN_STEP_FIRST) === 'true' ? 1 : 0);
  columns.is_waiting.sink.u8(said.has(TELLTALE.WAITING_FOR) ? 1 : 0);
  columns.waiting_for.text(text(TELLTALE.WAITING_FOR));
  columns.name.text(text(TELLTALE.OPEN_STEP_NAME));
  columns.kind.text(KINDS.has(kind) ? kind : 'other');
  columns.service.text(resource.service);
  columns.agent.text(text(STANDARD.AGENT_NAME) || resource.agent);
  columns.session_id.text(text(STANDARD.SESSION_ID) || resource.sessionId);
  columns.user_id.text(text(STANDARD.USER_ID) || resource.userId);
}

function textsOf(wire: FieldWire, log: LogFields): Map<string, string> {
  const texts = new Map<string, string>();
  const { attributes } = log;
  for (let i = 0; i < attributes.size; i++) texts.set(attributes.key(i), attributes.text(wire, i).toWellFormed());
  return texts;
}

/** The interval that the process sent; a value that makes no sense is replaced by the default. */
function intervalMs(seconds: string): number {
  const sent = Number(seconds);
  const usable = Number.isFinite(sent) && sent > 0 ? sent : DEFAULT_INTERVAL_S;
  return Math.round(Math.min(MAX_INTERVAL_S, Math.max(MIN_INTERVAL_S, usable)) * 1000);
}

/** An id of another length, or of zeros only, is none. */
function isId(wire: FieldWire, { start, end }: { start: number; end: number }, width: number): boolean {
  if (end - start !== width) return false;
  for (let at = start; at < end; at++) if (wire.bytes[at] !== 0) return true;
  return false;
}
