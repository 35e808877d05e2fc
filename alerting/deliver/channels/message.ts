// Turns an incident into the alert that users read: the same facts for every channel.
import type { StoredIncident } from '#storage/journal-shapes';
import type { AlertMessage, AlertTransition } from './channel.ts';
import { firstStepOf } from './first-step.ts';

export interface MessageContext {
  /** Where the reader's browser finds Telltale. */
  readonly publicUrl: string;
  readonly transition: AlertTransition;
  readonly messageId: string;
  readonly mayRepeat: boolean;
  /** What happened in an example run, in one line, by trace id. */
  readonly headlines?: ReadonlyMap<string, string>;
}

export function toAlertMessage(incident: StoredIncident, context: MessageContext): AlertMessage {
  const { publicUrl, transition, messageId, mayRepeat, headlines } = context;
  const base = publicUrl.replace(/\/+$/, '');
  const page = `${base}/incidents/${encodeURIComponent(incident.id)}`;
  return {
    kind: 'alert',
    messageId,
    mayRepeat,
    transition,
    incidentId: incident.id,
    incidentKind: incident.kind,
    title: incident.title,
    measure: measureOf(incident),
    agent: incident.agent,
    step: incident.step,
    errorType: incident.errorType,
    message: incident.message,
    count: incident.count,
    traces: incident.traces > 0 ? incident.traces : null,
    firstSeen: new Date(incident.firstSeen),
    lastSeen: new Date(incident.lastSeen),
    resolvedAt: incident.resolvedAt === null ? null : new Date(incident.resolvedAt),
    agents: incident.agents,
    versions: incident.versions,
    tools: incident.tools,
    models: incident.models,
    examples: incident.exampleTraceIds.slice(0, 3).map((traceId) => ({
      traceId,
      url: `${base}/traces/${traceId}`,
      headline: headlines?.get(traceId) ?? null,
    })),
    firstStep: firstStepOf(incident.kind, `${incident.errorType} ${incident.message}`),
    urls: { incident: page, acknowledge: `${page}?do=ack`, mute: `${page}?do=mute` },
  };
}

/** What was measured, where the kind measures; else how many errors in how long. */
function measureOf({ evidence, fingerprint, count, kind, firstSeen, lastSeen }: StoredIncident): string {
  if (evidence !== null && fingerprint === null) return evidence.words.replace(/\.$/, '');
  const noun = kind === 'provider' ? 'errors' : 'similar errors';
  return `${count} ${noun} in ${duration(Date.parse(lastSeen) - Date.parse(firstSeen))}`;
}

/** "12 minutes" */
function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
