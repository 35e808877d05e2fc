// The error columns of a row: whether the span failed, as what, and which errors are the same.
import { ERROR_MESSAGE_MAX_CHARS, type SpanKind } from '#schema/span';
import type { SpanColumns } from '#storage/span-block';
import { SLOT } from './dialects/dialect.ts';
import { FINGERPRINT_VERSION, fingerprint } from './fingerprint.ts';
import { type Event, findException } from './otlp/events-and-links.ts';
import type { ResourceContext } from './otlp/resource-context.ts';
import type { SpanFields } from './otlp/span-fields.ts';
import type { Wire } from './otlp/wire.ts';
import { sliceText } from './put.ts';
import type { Slots } from './slots.ts';

const STATUS_ERROR = 2;

/** Many clients hide failures, so any sign of one counts: status, exception event, error.type. */
export function writeError(
  wire: Wire,
  span: SpanFields,
  slots: Slots,
  kind: SpanKind,
  resource: ResourceContext,
  columns: SpanColumns,
  events: readonly Event[],
): void {
  const list = span.attributes;
  const typeIndex = slots.at(SLOT.errorType);
  const exception = findException(events);
  const isError = span.statusCode === STATUS_ERROR || exception !== null || typeIndex >= 0;
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
  const messageIndex = slots.at(SLOT.errorMessage);
  const errorType = (typeIndex >= 0 ? list.text(wire, typeIndex) : '') || (exception?.type ?? '');
  const message =
    exception?.message ||
    (messageIndex >= 0 ? list.text(wire, messageIndex) : '') ||
    sliceText(wire, span.statusMessage) ||
    '';
  const agentIndex = slots.at(SLOT.agent);
  const same = fingerprint({
    projectId: resource.projectId,
    agent: agentIndex >= 0 ? list.text(wire, agentIndex) : resource.agent,
    service: resource.service,
    kind,
    step: sliceText(wire, span.name),
    errorType,
    message,
  });
  columns.error_type.text(errorType.slice(0, 200));
  columns.error_message.text(message.slice(0, ERROR_MESSAGE_MAX_CHARS).toWellFormed());
  columns.error_template.text(same.template.toWellFormed());
  columns.fingerprint.text(same.fingerprint);
  columns.fingerprint_version.sink.u8(FINGERPRINT_VERSION);
}
