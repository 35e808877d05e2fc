// Reasons for which something is not stored, or stored shorter: what each means, and what to do about it. Plain data.

interface SkipReason {
  readonly what: string;
  /** null = nothing has to be done. */
  readonly todo: string | null;
}

export const SKIP_REASONS: Readonly<Record<string, SkipReason>> = {
  invalid_trace_id: {
    what: 'Trace id is missing, all zeros or not 16 bytes',
    todo: 'Start the exporter after the tracer is set up, and send ids as 32 hexadecimal digits.',
  },
  invalid_span_id: {
    what: 'Span id is missing, all zeros or not 8 bytes',
    todo: 'Send span ids as 16 hexadecimal digits.',
  },
  invalid_parent_span_id: {
    what: 'Parent span id is not 8 bytes',
    todo: 'Leave it empty on a root span, else send 16 hexadecimal digits.',
  },
  invalid_time: {
    what: 'Start time is missing or outside 1970 to 2106',
    todo: 'Send nanoseconds since 1970; set the clock of the sender.',
  },
  invalid_field: {
    what: 'A field has a type that OTLP does not allow',
    todo: 'In OTLP/JSON enums are integers and ids are hexadecimal; an official exporter does this.',
  },
  logs_not_stored: {
    what: 'Log records where only spans are taken',
    todo: 'Send them to /v1/logs, or set OTEL_LOGS_EXPORTER=none.',
  },
  metrics_not_stored: {
    what: 'Metrics are not stored',
    todo: 'Set OTEL_METRICS_EXPORTER=none at the sender.',
  },
  malformed: {
    what: 'The request could not be read',
    todo: 'Send OTLP as protobuf or JSON with the matching Content-Type.',
  },
  too_large: {
    what: 'The request is larger than 64 MiB or holds too many records',
    todo: 'Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE).',
  },
  wrong_content_type: {
    what: 'Content-Type is neither application/x-protobuf nor application/json',
    todo: 'Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json.',
  },
  wrong_address: {
    what: 'No such path, method or host',
    todo: 'Send to /v1/traces or /v1/logs with POST; name further hosts in TELLTALE_ALLOWED_HOSTS.',
  },
  value_too_long: {
    what: 'A value was longer than 64 KiB; the first 48 and the last 12 KiB are kept',
    todo: 'Send the part that matters, or an address where the rest is kept.',
  },
  tree_too_large: {
    what: 'A list or map was larger than 1 MiB; its size is kept',
    todo: 'Send the part that matters, or an address where the rest is kept.',
  },
  attributes: {
    what: 'Attributes beyond the bound of one span',
    todo: 'Put what belongs together into one attribute as JSON.',
  },
  events: { what: 'Events beyond the bound of one span', todo: 'Send them as spans or log records.' },
  links: { what: 'Links beyond the bound of one span', todo: 'Link only the spans that caused this one.' },
};

/** What a reason means; an unknown one is shown as it is. */
export function skipReason(reason: string): SkipReason {
  return Object.hasOwn(SKIP_REASONS, reason)
    ? (SKIP_REASONS[reason] as SkipReason)
    : { what: reason.replaceAll('_', ' '), todo: null };
}
