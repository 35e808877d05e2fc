// An incident with the longest line a page has to hold: delivery that failed, many examples, resolved.
import type { Incident } from '#schema/incident';
import { traceIdOf } from './refund-run.ts';

export const incident: Incident = {
  id: 'inc-1',
  projectId: 'default',
  status: 'firing',
  fingerprint: 'f1',
  agent: 'refund-desk-of-the-northern-region',
  step: 'payments.refund',
  errorType: 'UpstreamTimeout',
  message: 'no response from payments after <n> ms',
  count: 12,
  windowMinutes: 30,
  firstSeen: '2026-11-20T13:02:07.000000000Z',
  lastSeen: '2026-11-20T13:32:07.000000000Z',
  openedAt: '2026-11-20T13:32:08.000000000Z',
  resolvedAt: '2026-11-20T14:32:08.000000000Z',
  exampleTraceIds: [traceIdOf(1), traceIdOf(2), traceIdOf(3)],
  delivery: { channel: 'env-slack', status: 'failed', attempts: 8, lastError: 'slack answered 404 no_service' },
};
