// How much a span matters when the queue is full, and about how many bytes it takes.
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { STANDARD, TELLTALE } from './attributes.ts';
import { headOf } from './whole-text.ts';

/** 2: a run's root; without it the run has no end. 1: a failure, a decision or what was done about one. 0: all else. */
export type Importance = 0 | 1 | 2;
export const IMPORTANCES = [0, 1, 2] as const;

const STATUS_ERROR = 2;
const IMPORTANT_KINDS = new Set<unknown>(['agent', 'decision', 'escalation', 'handoff', 'guardrail']);
const IMPORTANT_ATTRIBUTES = [
  STANDARD.ERROR_TYPE,
  TELLTALE.DECISION_NAME,
  TELLTALE.ESCALATION_TARGET,
  TELLTALE.RETRY_STOP_REASON,
  TELLTALE.CIRCUIT_STATE,
  TELLTALE.DEAD_LETTER_ID,
  TELLTALE.STOP_REASON,
  TELLTALE.STEP_OUTCOME,
];

export function importanceOf(span: ReadableSpan): Importance {
  if (isRoot(span)) return 2;
  const { attributes } = span;
  if (span.status.code === STATUS_ERROR || IMPORTANT_KINDS.has(attributes[TELLTALE.STEP_KIND])) return 1;
  return IMPORTANT_ATTRIBUTES.some((key) => attributes[key] !== undefined) ? 1 : 0;
}

/** Whether the run ends with this span, as far as this process is concerned. */
export function isRoot({ parentSpanContext: parent, attributes }: ReadableSpan): boolean {
  return parent === undefined || parent.isRemote === true || attributes[TELLTALE.LOCAL_ROOT] === true;
}

/** What an attribute, an event and a span take as OTLP/JSON beside their texts. */
const ATTRIBUTE_BYTES = 40;
const EVENT_BYTES = 80;
const SPAN_BYTES = 350;

/** An estimate from the lengths of texts: the written span may be larger when much has to be escaped. */
export function guessBytes({ name, attributes, events }: ReadableSpan): number {
  let bytes = SPAN_BYTES + name.length + bytesOf(attributes);
  for (const event of events) bytes += EVENT_BYTES + event.name.length + bytesOf(event.attributes ?? {});
  return bytes;
}

function bytesOf(attributes: Attributes): number {
  let bytes = 0;
  for (const key in attributes) bytes += ATTRIBUTE_BYTES + key.length + lengthOf(attributes[key]);
  return bytes;
}

function lengthOf(value: AttributeValue | undefined): number {
  if (typeof value === 'string') return value.length;
  if (!Array.isArray(value)) return 8;
  let length = 0;
  for (const item of value) length += typeof item === 'string' ? item.length + 20 : 20;
  return length;
}

/** Texts of a span that is too large keep this many characters. */
const SHORT_CHARS = 1_000;
const FEW_EVENTS = 20;

/** The span with its long texts cut, for a receiver that does not accept it whole; an attribute records the cut. */
export function shortened(span: ReadableSpan): ReadableSpan {
  const events = span.events.slice(0, FEW_EVENTS).map((event) => ({
    ...event,
    ...(event.attributes === undefined ? {} : { attributes: cut(event.attributes) }),
  }));
  return Object.create(span, {
    attributes: { value: { ...cut(span.attributes), [TELLTALE.SPAN_SHORTENED]: true } },
    events: { value: events },
  }) as ReadableSpan;
}

function cut(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, cutValue(value)]));
}

function cutValue(value: AttributeValue | undefined): AttributeValue | undefined {
  if (typeof value === 'string') return headOf(value, SHORT_CHARS);
  if (!Array.isArray(value)) return value;
  const few = value.slice(0, FEW_EVENTS);
  return few.map((item) => (typeof item === 'string' ? headOf(item, SHORT_CHARS) : item)) as AttributeValue;
}
