// Every address, once and without zod: the routes of the API, what else it serves, and the pages of the UI. Contracts,
// server and UI take them from here; the UI may load this file of contracts/ at run time, and no other.

export type Method = 'get' | 'post' | 'put' | 'delete';

export interface Endpoint {
  readonly method: Method;
  /** OpenAPI form: `/api/traces/{traceId}`. */
  readonly path: string;
}

/** The names in braces: `'traceId' | 'spanId'` of `/api/traces/{traceId}/spans/{spanId}`. */
export type NamesIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** What every path of the API begins with. */
export const API_ROOT = '/api/';

/** The routes that answer JSON by a contract of the same name in `routes/`. */
export const ENDPOINTS = {
  getTrace: { method: 'get', path: '/api/traces/{traceId}' },
  getSpan: { method: 'get', path: '/api/traces/{traceId}/spans/{spanId}' },
  listTraceLogs: { method: 'get', path: '/api/traces/{traceId}/logs' },
  listLogs: { method: 'get', path: '/api/logs' },
  listRuns: { method: 'get', path: '/api/runs' },

  getSummary: { method: 'get', path: '/api/traces/{traceId}/summary' },
  redoSummary: { method: 'post', path: '/api/traces/{traceId}/summary' },

  listSessions: { method: 'get', path: '/api/sessions' },
  getSession: { method: 'get', path: '/api/sessions/{sessionId}' },

  listIncidents: { method: 'get', path: '/api/incidents' },
  getIncident: { method: 'get', path: '/api/incidents/{id}' },
  acknowledgeIncident: { method: 'post', path: '/api/incidents/{id}/ack' },
  unacknowledgeIncident: { method: 'delete', path: '/api/incidents/{id}/ack' },
  muteIncident: { method: 'post', path: '/api/incidents/{id}/mute' },
  resolveIncident: { method: 'post', path: '/api/incidents/{id}/resolve' },

  listMutes: { method: 'get', path: '/api/mutes' },
  liftMute: { method: 'delete', path: '/api/mutes/{id}' },
  listMaintenance: { method: 'get', path: '/api/maintenance' },
  createMaintenance: { method: 'post', path: '/api/maintenance' },
  changeMaintenance: { method: 'put', path: '/api/maintenance/{id}' },
  deleteMaintenance: { method: 'delete', path: '/api/maintenance/{id}' },

  listPatterns: { method: 'get', path: '/api/patterns' },
  getPattern: { method: 'get', path: '/api/patterns/{fingerprint}' },
  resolvePattern: { method: 'post', path: '/api/patterns/{fingerprint}/resolve' },
  reopenPattern: { method: 'post', path: '/api/patterns/{fingerprint}/reopen' },
  assignPattern: { method: 'post', path: '/api/patterns/{fingerprint}/assign' },
  notePattern: { method: 'post', path: '/api/patterns/{fingerprint}/notes' },
  mutePattern: { method: 'post', path: '/api/patterns/{fingerprint}/mute' },
  unmutePattern: { method: 'post', path: '/api/patterns/{fingerprint}/unmute' },
  ackPattern: { method: 'post', path: '/api/patterns/{fingerprint}/ack' },
  mergePatterns: { method: 'post', path: '/api/patterns/{fingerprint}/merge' },
  splitPattern: { method: 'post', path: '/api/patterns/{fingerprint}/split' },
  dismissPatternSuggestion: { method: 'post', path: '/api/patterns/{fingerprint}/dismiss' },

  listRules: { method: 'get', path: '/api/rules' },
  getRule: { method: 'get', path: '/api/rules/{id}' },
  createRule: { method: 'post', path: '/api/rules' },
  changeRule: { method: 'put', path: '/api/rules/{id}' },
  deleteRule: { method: 'delete', path: '/api/rules/{id}' },
  tryRule: { method: 'post', path: '/api/rules/try' },
  getRuleHistory: { method: 'get', path: '/api/rules/{id}/history' },

  listChannels: { method: 'get', path: '/api/channels' },
  createChannel: { method: 'post', path: '/api/channels' },
  changeChannel: { method: 'put', path: '/api/channels/{id}' },
  setReceives: { method: 'put', path: '/api/channels/{id}/receives' },
  deleteChannel: { method: 'delete', path: '/api/channels/{id}' },
  testChannel: { method: 'post', path: '/api/channels/{id}/test' },

  listDigests: { method: 'get', path: '/api/digests' },
  getDigest: { method: 'get', path: '/api/digests/{date}' },
  writeDigest: { method: 'post', path: '/api/digests/{date}' },
  listDigestCopies: { method: 'get', path: '/api/digest-copies' },
  getMailDomains: { method: 'get', path: '/api/mail-domains' },
  setMailDomains: { method: 'put', path: '/api/mail-domains' },
  listRecipients: { method: 'get', path: '/api/recipients' },
  createRecipient: { method: 'post', path: '/api/recipients' },
  changeRecipient: { method: 'put', path: '/api/recipients/{id}' },
  deleteRecipient: { method: 'delete', path: '/api/recipients/{id}' },

  getSkipped: { method: 'get', path: '/api/skipped' },

  getStatus: { method: 'get', path: '/api/status' },
} as const satisfies Record<string, Endpoint>;
export type EndpointName = keyof typeof ENDPOINTS;

/** What the API serves besides: its description, and pages for readers of mails. */
export const DOCUMENTS = {
  openApi: '/api/openapi.json',
  digestMail: '/api/digests/{date}/mail',
  unsubscribe: '/api/unsubscribe',
} as const;

/** The pages of the UI. */
export const PAGES = {
  runs: '/runs',
  trace: '/traces/{traceId}',
  sessions: '/sessions',
  session: '/sessions/{sessionId}',
  patterns: '/patterns',
  pattern: '/patterns/{fingerprint}',
  incidents: '/incidents',
  incident: '/incidents/{id}',
  digests: '/digests',
  digest: '/digests/{date}',
  settings: '/settings/{tab}',
} as const;
/** Addresses that redirect to a page of the table. */
export const SHORT_PATHS = { '/': '/runs', '/settings': '/settings/rules' } as const;
export type PageName = keyof typeof PAGES;
