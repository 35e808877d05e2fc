// The one catalogue of what can go wrong: code, HTTP status, whether trying again can help, and what to do next.

export interface ErrorEntry {
  readonly status: number;
  readonly retryable: boolean;
  readonly hint: string;
}

export const ERRORS = {
  trace_not_found: {
    status: 404,
    retryable: false,
    hint: 'Check that the id is whole, that the agent sends to this Telltale, and that the trace is not older than the retention (TELLTALE_RETENTION_DAYS). A trace just sent appears within about a second.',
  },
  span_not_found: {
    status: 404,
    retryable: false,
    hint: 'The trace is known but not this span. Open the trace to see which spans have arrived.',
  },
  session_not_found: {
    status: 404,
    retryable: false,
    hint: 'GET /api/sessions lists the sessions whose runs are stored.',
  },
  incident_not_found: { status: 404, retryable: false, hint: 'GET /api/incidents lists the ids that exist.' },
  channel_not_found: { status: 404, retryable: false, hint: 'GET /api/channels lists the ids that exist.' },
  channel_read_only: {
    status: 409,
    retryable: false,
    hint: 'It comes from the environment: change the variable and start again.',
  },
  not_digest_only: {
    status: 400,
    retryable: false,
    hint: 'Digests are mailed, so only a mail channel can be digest only. Choose alerts or backup, or switch the channel off.',
  },
  too_many_channels: { status: 409, retryable: false, hint: 'Delete channels that are not used.' },
  address_refused: {
    status: 400,
    retryable: false,
    hint: 'Enter an address on the public internet that starts with https://.',
  },
  secret_needed: {
    status: 400,
    retryable: false,
    hint: 'A secret is kept only for the host it was given for.',
  },
  too_many_tests: {
    status: 429,
    retryable: true,
    hint: 'A receiver may block a sender that writes too often. Wait as long as the message says.',
  },
  alerting_elsewhere: {
    status: 409,
    retryable: false,
    hint: 'Ask the process that runs alerting: `telltale up`, or a Telltale with both roles.',
  },
  rule_not_found: { status: 404, retryable: false, hint: 'GET /api/rules lists the ids that exist.' },
  too_many_rules: {
    status: 409,
    retryable: false,
    hint: 'Delete rules that are switched off, or let one rule cover several agents (where.agents).',
  },
  incident_is_over: {
    status: 409,
    retryable: false,
    hint: 'The incident is resolved already. GET /api/incidents?status=open lists those that are not.',
  },
  mute_not_found: { status: 404, retryable: false, hint: 'GET /api/mutes lists what is muted now.' },
  window_not_found: { status: 404, retryable: false, hint: 'GET /api/maintenance lists the windows.' },
  pattern_not_found: {
    status: 404,
    retryable: false,
    hint: 'GET /api/patterns?from=0 lists the fingerprints that exist.',
  },
  digest_not_found: {
    status: 404,
    retryable: false,
    hint: 'A digest is written once its day is over and TELLTALE_DIGEST_AT has come. `telltale digest --date` writes one now.',
  },
  day_not_begun: { status: 409, retryable: false, hint: 'Ask for a day that is over, or for today so far.' },
  mail_not_set_up: {
    status: 409,
    retryable: false,
    hint: 'Set SMTP_URL, and TELLTALE_MAIL_FROM where its user is no mail address, and start Telltale again.',
  },
  mail_not_sent: {
    status: 502,
    retryable: true,
    hint: 'The message says what the mail server answered. Check SMTP_URL and the address, and try again.',
  },
  recipient_not_found: { status: 404, retryable: false, hint: 'GET /api/recipients lists the ids that exist.' },
  recipient_exists: { status: 409, retryable: false, hint: 'Change the recipient that is there already.' },
  mail_address_refused: {
    status: 403,
    retryable: false,
    hint: 'Add it as a recipient under Digests, or allow its domain: TELLTALE_MAIL_DOMAINS, or Digests › Allowed domains.',
  },
  mail_domains_read_only: {
    status: 409,
    retryable: false,
    hint: 'Change TELLTALE_MAIL_DOMAINS and start Telltale again.',
  },
  too_many_copies: {
    status: 429,
    retryable: true,
    hint: 'At most 20 copies are mailed an hour, 5 of them to one address. Who needs one daily can be a recipient.',
  },
  too_many_recipients: { status: 409, retryable: false, hint: 'Delete recipients that are turned off.' },
  recipient_of_environment: {
    status: 409,
    retryable: false,
    hint: 'Turn it off here, or take the address out of TELLTALE_MAIL_TO.',
  },
  recipient_of_channel: {
    status: 409,
    retryable: false,
    hint: 'Turn it off here, or take the address out of the channel in Settings › Channels.',
  },
  bad_request: {
    status: 400,
    retryable: false,
    hint: 'See GET /api/openapi.json for the parameters and their shapes.',
  },
  wrong_origin: {
    status: 403,
    retryable: false,
    hint: 'Only pages of this Telltale, and programs that are no browser, may change anything. Set TELLTALE_PUBLIC_URL to the address people use.',
  },
  not_json: {
    status: 415,
    retryable: false,
    hint: 'Send the body as JSON, with content-type: application/json.',
  },
  body_too_large: { status: 413, retryable: false, hint: 'A body of this API has at most 64 KiB.' },
  route_not_found: { status: 404, retryable: false, hint: 'GET /api/openapi.json lists the routes.' },
  method_not_allowed: { status: 405, retryable: false, hint: 'GET /api/openapi.json lists the methods of each route.' },
  wrong_host: {
    status: 421,
    retryable: false,
    hint: 'The Host header names neither this machine nor TELLTALE_PUBLIC_URL. Set TELLTALE_PUBLIC_URL to the address people use, or name further ones in TELLTALE_ALLOWED_HOSTS.',
  },
  storage_busy: {
    status: 503,
    retryable: true,
    hint: 'The query took longer than allowed or the engine is at its limit. Ask for a shorter time range, or try again.',
  },
  readers_busy: {
    status: 503,
    retryable: true,
    hint: 'Large runs are read two at a time and the queue is full. Try again in a few seconds.',
  },
  storage_failed: {
    status: 503,
    retryable: true,
    hint: 'Storage did not answer. See the log, and run `npx telltale doctor`.',
  },
  storage_damaged: {
    status: 500,
    retryable: false,
    hint: 'Files of the database are broken or gone. Stop Telltale and run `npx telltale doctor --deep`: it finds the damaged parts and says how to restore them from a backup, or how to set them aside so that the rest is answered again.',
  },
  internal: {
    status: 500,
    retryable: false,
    hint: 'This is a bug in Telltale. The log has the details under the same time.',
  },
} as const satisfies Record<string, ErrorEntry>;
export type ErrorCode = keyof typeof ERRORS;

/** A failure with an entry in the catalog. `message` says what happened, the entry says what to do. */
export class TelltaleError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  /** When trying again can help, in seconds; null = not known. */
  readonly retryAfterS: number | null;
  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TelltaleError';
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.retryAfterS = options.retryAfterS ?? null;
  }
  get status(): number {
    return ERRORS[this.code].status;
  }
  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}
