// The error columns of a row: whether the span failed, as what, and which errors are the same.
import { ERROR_MESSAGE_MAX_CHARS, type SpanKind } from '#contracts/span';
import { headOf } from '#domain/clip';
import type { SpanColumns } from '#storage/span-block';
import { headOfErrorType } from '#storage/stored-names';
import { SLOT } from './dialects/dialect.ts';
import { typeOfError } from './error-type.ts';
import { type Event, findException } from './fields/events-and-links.ts';
import type { FieldWire } from './fields/field-wire.ts';
import type { ResourceContext } from './fields/resource-context.ts';
import type { SpanFields } from './fields/span-fields.ts';
import { otherErrorText } from './fingerprint/error-source.ts';
import { FINGERPRINT_VERSION, fingerprint } from './fingerprint/fingerprint.ts';
import { sliceText } from './put.ts';
import type { Slots } from './slots.ts';

const STATUS_ERROR = 2;

/** Many clients hide failures, so any sign of one counts: status, exception event, error.type, and those of the tables. */
export function writeError(
  wire: FieldWire,
  span: SpanFields,
  slots: Slots,
  kind: SpanKind,
  resource: ResourceContext,
  columns: SpanColumns,
  events: readonly Event[],
): void {
  const list = span.attributes;
  const exception = findException(events);
  const isError =
    span.statusCode === STATUS_ERROR || exception !== null || slots.has(SLOT.errorType) || slots.has(SLOT.errorSign);
  columns.is_error.sink.u8(isError ? 1 : 0);
  columns.status_message.slice(wire.bytes, span.statusMessage.start, span.statusMessage.end);
  if (!isError) {
    columns.error_type.text('');
    columns.error_message.text('');
    columns.error_template.text('');
    columns.fingerprint.text('');
    columns.fingerprint_version.sink.u8(0);
    return;
  }
  const message =
    exception?.message ||
    slots.text(wire, list, SLOT.errorMessage) ||
    sliceText(wire, span.statusMessage) ||
    otherErrorText(kind, (key) => attributeText(wire, span, key));
  const errorType = typeOfError(slots.text(wire, list, SLOT.errorType), exception?.type ?? '', message);
  const same = fingerprint({
    projectId: resource.projectId,
    agent: slots.text(wire, list, SLOT.agent) || resource.agent,
    service: resource.service,
    kind,
    step: stepName(wire, span, slots, kind),
    errorType,
    message,
    stack: exception?.stack ?? '',
    given: attributeText(wire, span, 'error.fingerprint'),
  });
  columns.error_type.text(headOfErrorType(errorType));
  columns.error_message.text(headOf(message, ERROR_MESSAGE_MAX_CHARS).toWellFormed());
  columns.error_template.text(same.template.toWellFormed());
  columns.fingerprint.text(same.fingerprint);
  columns.fingerprint_version.sink.u8(FINGERPRINT_VERSION);
}

/** The tool that failed, the model that failed, else the span's name. */
function stepName(wire: FieldWire, span: SpanFields, slots: Slots, kind: SpanKind): string {
  const list = span.attributes;
  let name = '';
  if (kind === 'tool') name = slots.text(wire, list, SLOT.toolName) || slots.text(wire, list, SLOT.entityName);
  else if (kind === 'llm' || kind === 'embedding') name = slots.text(wire, list, SLOT.model);
  return name || sliceText(wire, span.name);
}

/** Errors are few, so keys are compared one by one. */
function attributeText(wire: FieldWire, span: SpanFields, key: string): string {
  const list = span.attributes;
  for (let i = 0; i < list.size; i++) {
    if (list.key(i) === key) return list.text(wire, i);
  }
  return '';
}
