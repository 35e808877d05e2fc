// The query API, typed by the contracts of schema/ (types only: zod stays on the server).
import type { ErrorReply } from '#schema/api';
import type { ChannelChange, ChannelDraft, Receives } from '#schema/channel';
import type { ChannelList, ChannelTest, ChannelView } from '#schema/channel-view';
import type { ListedRecipient, RecipientBody } from '#schema/digest';
import type { AllowedDomains } from '#schema/digest-copy';
import type { Incident, IncidentDetail } from '#schema/incident';
import type { PatternDetail, PatternPage } from '#schema/pattern';
import type { CopyList, DigestList, DigestReply, RecipientList } from '#schema/routes/digests';
import type { MuteIncident } from '#schema/routes/incidents';
import type { MaintenanceDraft, MuteList, WindowList } from '#schema/routes/mutes';
import type { RuleHistory, RuleList, RuleTrial, RuleView } from '#schema/routes/rules';
import type { RuleDraft } from '#schema/rule';
import type { RunPage, Trace } from '#schema/run';
import type { SessionDetail, SessionPage } from '#schema/session';
import type { Skipped } from '#schema/skipped';
import type { LogList, SpanDetail } from '#schema/span';
import type { Status } from '#schema/status';
import type { RunSummaryReply } from '#schema/summary';

/** A question that was not answered: what the API said, or that it said nothing. */
export class ApiError extends Error {
  /** The catalogue code, or `unreachable` when no answer came, or `not_json` when it was no answer of Telltale. */
  readonly code: string;
  readonly hint: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  constructor(status: number, code: string, message: string, hint: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

const isErrorReply = (body: unknown): body is ErrorReply => {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const error: unknown = body.error;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'hint' in error;
};

/** @throws ApiError; or the signal's AbortError, which callers ignore. */
const get = <T>(path: string, signal?: AbortSignal): Promise<T> => ask<T>('GET', path, undefined, signal);

/** Asks for a change. @throws ApiError */
const send = <T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal): Promise<T> =>
  ask<T>(method, path, body, signal);

async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(path, { ...request, ...(signal ? { signal } : {}) }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError(
      0,
      'unreachable',
      'Telltale did not answer.',
      'Check that it is still running and that this page may reach it.',
    );
  });
  const answer: unknown = await response.json().catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError(
      response.status,
      'not_json',
      `The answer (HTTP ${response.status}) was not JSON.`,
      'Something between this page and Telltale may have answered instead, for example a proxy.',
    );
  });
  if (response.ok) return answer as T;
  if (isErrorReply(answer)) {
    throw new ApiError(response.status, answer.error.code, answer.error.message, answer.error.hint);
  }
  throw new ApiError(
    response.status,
    'unknown',
    `Telltale answered HTTP ${response.status}.`,
    'See the log of Telltale.',
  );
}

const id = encodeURIComponent;
/** Who changes it, for the history; empty is nobody in particular. */
const who = (by: string): string => (by.trim() === '' ? '' : `by=${id(by.trim())}`);

const changePattern = (fingerprint: string, what: string, by: string, body?: unknown) =>
  send<{ fingerprint: string }>('POST', `/api/patterns/${id(fingerprint)}/${what}?${who(by)}`, body);

/** One function per route of schema/api.ts. */
export const api = {
  listRuns: (query: URLSearchParams, signal?: AbortSignal) => get<RunPage>(`/api/runs?${query}`, signal),
  getTrace: (traceId: string, cursor: string | null, signal?: AbortSignal) =>
    get<Trace>(`/api/traces/${id(traceId)}${cursor === null ? '' : `?cursor=${id(cursor)}`}`, signal),
  getSpan: (traceId: string, spanId: string, signal?: AbortSignal) =>
    get<SpanDetail>(`/api/traces/${id(traceId)}/spans/${id(spanId)}`, signal),
  redoSummary: (traceId: string) => send<RunSummaryReply>('POST', `/api/traces/${id(traceId)}/summary`),
  listTraceLogs: (traceId: string, step: 'any' | 'none', signal?: AbortSignal) =>
    get<LogList>(`/api/traces/${id(traceId)}/logs?step=${step}`, signal),
  listSessions: (query: URLSearchParams, signal?: AbortSignal) => get<SessionPage>(`/api/sessions?${query}`, signal),
  getSession: (sessionId: string, signal?: AbortSignal) => get<SessionDetail>(`/api/sessions/${id(sessionId)}`, signal),
  listIncidents: (signal?: AbortSignal) => get<{ incidents: Incident[] }>('/api/incidents', signal),
  getIncident: (incidentId: string, signal?: AbortSignal) =>
    get<IncidentDetail>(`/api/incidents/${id(incidentId)}`, signal),
  acknowledgeIncident: (incidentId: string, note: string, by: string) =>
    send<Incident>('POST', `/api/incidents/${id(incidentId)}/ack?${who(by)}`, { note }),
  unacknowledgeIncident: (incidentId: string, by: string) =>
    send<Incident>('DELETE', `/api/incidents/${id(incidentId)}/ack?${who(by)}`),
  resolveIncident: (incidentId: string, note: string, by: string) =>
    send<Incident>('POST', `/api/incidents/${id(incidentId)}/resolve?${who(by)}`, { note }),
  muteIncident: (incidentId: string, mute: MuteIncident, by: string) =>
    send<{ muteId: string }>('POST', `/api/incidents/${id(incidentId)}/mute?${who(by)}`, mute),
  listMutes: (signal?: AbortSignal) => get<MuteList>('/api/mutes', signal),
  liftMute: (muteId: string, by: string) => send<MuteList>('DELETE', `/api/mutes/${id(muteId)}?${who(by)}`),
  listMaintenance: (signal?: AbortSignal) => get<WindowList>('/api/maintenance', signal),
  createMaintenance: (window: MaintenanceDraft, by: string) => send('POST', `/api/maintenance?${who(by)}`, window),
  changeMaintenance: (windowId: string, window: MaintenanceDraft, by: string) =>
    send('PUT', `/api/maintenance/${id(windowId)}?${who(by)}`, window),
  deleteMaintenance: (windowId: string, by: string) =>
    send<WindowList>('DELETE', `/api/maintenance/${id(windowId)}?${who(by)}`),
  listPatterns: (query: URLSearchParams, signal?: AbortSignal) => get<PatternPage>(`/api/patterns?${query}`, signal),
  getPattern: (fingerprint: string, query: URLSearchParams, signal?: AbortSignal) =>
    get<PatternDetail>(`/api/patterns/${id(fingerprint)}?${query}`, signal),
  ackPattern: (fingerprint: string, by: string) => changePattern(fingerprint, 'ack', by, {}),
  mutePattern: (fingerprint: string, minutes: number | null, why: string, by: string) =>
    changePattern(fingerprint, 'mute', by, { minutes, why }),
  unmutePattern: (fingerprint: string, by: string) => changePattern(fingerprint, 'unmute', by),
  resolvePattern: (fingerprint: string, by: string) => changePattern(fingerprint, 'resolve', by, {}),
  reopenPattern: (fingerprint: string, by: string) => changePattern(fingerprint, 'reopen', by, {}),
  assignPattern: (fingerprint: string, assignee: string | null, by: string) =>
    changePattern(fingerprint, 'assign', by, { assignee }),
  notePattern: (fingerprint: string, text: string, by: string) => changePattern(fingerprint, 'notes', by, { text }),
  mergePatterns: (into: string, fingerprints: readonly string[], by: string) =>
    changePattern(into, 'merge', by, { fingerprints }),
  splitPattern: (fingerprint: string, fingerprints: readonly string[], by: string) =>
    changePattern(fingerprint, 'split', by, { fingerprints }),
  dismissSuggestion: (fingerprint: string, fingerprints: readonly string[], by: string) =>
    changePattern(fingerprint, 'dismiss', by, { fingerprints }),
  listRules: (signal?: AbortSignal) => get<RuleList>('/api/rules', signal),
  createRule: (rule: RuleDraft, by: string) => send<RuleView>('POST', `/api/rules?${who(by)}`, rule),
  changeRule: (ruleId: string, rule: RuleDraft, by: string) =>
    send<RuleView>('PUT', `/api/rules/${id(ruleId)}?${who(by)}`, rule),
  tryRule: (rule: RuleDraft, days: number, signal?: AbortSignal) =>
    send<RuleTrial>('POST', `/api/rules/try?days=${days}`, rule, signal),
  deleteRule: (ruleId: string, by: string) =>
    send<{ restored: RuleView | null }>('DELETE', `/api/rules/${id(ruleId)}?${who(by)}`),
  getRuleHistory: (ruleId: string, signal?: AbortSignal) =>
    get<RuleHistory>(`/api/rules/${id(ruleId)}/history`, signal),
  listChannels: (signal?: AbortSignal) => get<ChannelList>('/api/channels', signal),
  createChannel: (channel: ChannelDraft, by: string) => send<ChannelView>('POST', `/api/channels?${who(by)}`, channel),
  changeChannel: (channelId: string, change: ChannelChange, by: string) =>
    send<ChannelView>('PUT', `/api/channels/${id(channelId)}?${who(by)}`, change),
  setReceives: (channelId: string, receives: Receives, by: string) =>
    send<ChannelView>('PUT', `/api/channels/${id(channelId)}/receives?${who(by)}`, { receives }),
  deleteChannel: (channelId: string, by: string) =>
    send<{ id: string }>('DELETE', `/api/channels/${id(channelId)}?${who(by)}`),
  testChannel: (channelId: string) => send<ChannelTest>('POST', `/api/channels/${id(channelId)}/test`),
  listDigests: (before: string | null, signal?: AbortSignal) =>
    get<DigestList>(before === null ? '/api/digests' : `/api/digests?before=${id(before)}`, signal),
  getDigest: (date: string, query: URLSearchParams, signal?: AbortSignal) =>
    get<DigestReply>(`/api/digests/${id(date)}?${query}`, signal),
  listDigestCopies: (signal?: AbortSignal) => get<CopyList>('/api/digest-copies', signal),
  getMailDomains: (signal?: AbortSignal) => get<AllowedDomains>('/api/mail-domains', signal),
  setMailDomains: (domains: readonly string[], by: string) =>
    send<AllowedDomains>('PUT', `/api/mail-domains?${who(by)}`, { domains }),
  listRecipients: (signal?: AbortSignal) => get<RecipientList>('/api/recipients', signal),
  createRecipient: (recipient: RecipientBody, by: string) =>
    send<ListedRecipient>('POST', `/api/recipients?${who(by)}`, recipient),
  changeRecipient: (recipientId: string, recipient: RecipientBody, by: string) =>
    send<ListedRecipient>('PUT', `/api/recipients/${id(recipientId)}?${who(by)}`, recipient),
  deleteRecipient: (recipientId: string, by: string) =>
    send<{ deleted: boolean }>('DELETE', `/api/recipients/${id(recipientId)}?${who(by)}`),
  getSkipped: (query: URLSearchParams, signal?: AbortSignal) => get<Skipped>(`/api/skipped?${query}`, signal),
  getStatus: (signal?: AbortSignal) => get<Status>('/api/status', signal),
};

/** What to show of a failure of any kind. */
export function failureOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(
    0,
    'page_error',
    String(error),
    'This is a fault of the page. Reload it; if it stays, please report it.',
  );
}
