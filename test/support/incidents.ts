// An incident and a delivery as the detector stores them, with default values.
import type { Delivery } from '#contracts/delivery';
import { newDelivery } from '#storage/deliveries';
import type { StoredIncident } from '#storage/journal-shapes';

export const OPENED_MS = Date.parse('2026-03-02T12:00:00.000Z');
const OPENED = new Date(OPENED_MS).toISOString();

export function storedIncident(id: string, fields: Partial<StoredIncident> = {}): StoredIncident {
  return {
    id,
    projectId: 'p',
    kind: 'pattern',
    ruleId: 'similar-errors',
    ruleName: 'Similar errors',
    title: 'TimeoutError in lookup_order',
    status: 'firing',
    subject: `fingerprint of ${id}`,
    fingerprint: `fingerprint of ${id}`,
    agent: 'support-agent',
    step: 'lookup_order',
    errorType: 'TimeoutError',
    message: 'order <num>\n\n"timed" out; \u{1F4A5}',
    count: 10,
    peak: 10,
    traces: 10,
    late: 0,
    skewed: 0,
    windowMinutes: 30,
    agents: ['support-agent'],
    versions: ['1.0.0'],
    tools: ['lookup_order'],
    models: [],
    firstSeen: OPENED,
    lastSeen: OPENED,
    openedAt: OPENED,
    recoveringAt: null,
    resolvedAt: null,
    resolvedBy: null,
    reopened: 0,
    exampleTraceIds: ['00'.repeat(16)],
    evidence: null,
    parentId: null,
    childIds: [],
    mutedBy: null,
    memory: {
      told: null,
      notices: 0,
      reopenedAtMs: null,
      settled: null,
      recoverAfterMs: null,
      channels: null,
      isQuiet: false,
    },
    ...fields,
  };
}

/** A pending notification of an incident, due at its opening. */
export function pendingDelivery(incidentId: string, fields: Partial<Delivery> = {}): Delivery {
  const what = {
    projectId: 'p',
    subject: `incident:${incidentId}`,
    transition: fields.transition ?? 'opened',
    channel: fields.channel ?? 'slack',
  };
  return { ...newDelivery(what, OPENED_MS), ...fields };
}
