import { describe, expect, it } from 'vitest';
import { INCIDENT_KINDS } from '#contracts/incident';
import type { StoredIncident } from '#storage/journal-shapes';
import { toAlertMessage } from './message.ts';

const incident = (fields: Partial<StoredIncident> = {}): StoredIncident =>
  ({
    id: 'a/b',
    projectId: 'p',
    kind: 'pattern',
    ruleId: 'similar',
    ruleName: 'Similar errors',
    title: '12 similar errors in lookup_order',
    status: 'firing',
    subject: 'f1',
    fingerprint: 'f1',
    agent: 'support-agent',
    step: 'lookup_order',
    errorType: 'TimeoutError',
    message: 'order <num> timed out',
    count: 12,
    peak: 12,
    traces: 9,
    late: 0,
    skewed: 0,
    windowMinutes: 30,
    agents: ['support-agent', 'triage'],
    versions: ['1.8.2'],
    tools: ['lookup_order'],
    models: ['m-1'],
    firstSeen: '2026-03-02T12:00:00.000Z',
    lastSeen: '2026-03-02T12:14:00.000Z',
    openedAt: '2026-03-02T12:14:00.000Z',
    recoveringAt: null,
    resolvedAt: null,
    resolvedBy: null,
    reopened: 0,
    exampleTraceIds: ['t1', 't2', 't3', 't4'],
    evidence: null,
    parentId: null,
    childIds: [],
    ack: null,
    mutedBy: null,
    ...fields,
  }) as StoredIncident;
const context = { publicUrl: 'https://t.example/', transition: 'opened', messageId: 'm', mayRepeat: false } as const;
const messageOf = (fields: Partial<StoredIncident> = {}) => toAlertMessage(incident(fields), context);

describe('an incident as people read it', () => {
  it('has its own words, three examples with what happened in them, and links that only ask', () => {
    const headlines = new Map([['t2', 'the order service did not answer']]);
    expect(toAlertMessage(incident(), { ...context, headlines })).toMatchObject({
      title: '12 similar errors in lookup_order',
      measure: '12 similar errors in 14 minutes',
      traces: 9,
      agents: ['support-agent', 'triage'],
      examples: [
        { traceId: 't1', url: 'https://t.example/traces/t1', headline: null },
        { traceId: 't2', url: 'https://t.example/traces/t2', headline: 'the order service did not answer' },
        { traceId: 't3', url: 'https://t.example/traces/t3', headline: null },
      ],
      urls: {
        incident: 'https://t.example/incidents/a%2Fb',
        acknowledge: 'https://t.example/incidents/a%2Fb?do=ack',
        mute: 'https://t.example/incidents/a%2Fb?do=mute',
      },
    });
  });

  it('says what was measured where its kind measures', () => {
    const evidence = {
      value: 0.3,
      limit: 0.1,
      baseline: 0.05,
      unit: 'share',
      words: '30% of 40 runs failed, usually 5%.',
    };
    const fields = { kind: 'error_share', fingerprint: null, evidence, traces: 0 } as const;
    expect(messageOf(fields)).toMatchObject({ measure: '30% of 40 runs failed, usually 5%', traces: null });
  });

  it.each([
    ['2026-03-02T12:00:00.400Z', '1 second'],
    ['2026-03-02T12:01:30.000Z', '90 seconds'],
    ['2026-03-02T13:59:00.000Z', '119 minutes'],
    ['2026-03-03T11:00:00.000Z', '23 hours'],
    ['2026-03-05T12:00:00.000Z', '3 days'],
  ])('counts time as people do: until %s it is %s', (lastSeen, words) => {
    expect(messageOf({ lastSeen }).measure).toBe(`12 similar errors in ${words}`);
  });

  it.each(INCIDENT_KINDS)('names a first step for every kind: %s', (kind) => {
    expect(messageOf({ kind }).firstStep).toMatch(/^[A-Z`].*\.$/);
  });

  it.each([
    ['RateLimitError 429', 'quota'],
    ['AuthenticationError', 'credentials'],
    ['TimeoutError', 'slow or down'],
    ['ECONNREFUSED', 'can be reached'],
    ['SyntaxError: Unexpected token', 'shape'],
    ['Odd', 'example run'],
  ])('reads the first step from the error: %s', (errorType, words) => {
    expect(messageOf({ errorType, message: '' }).firstStep).toContain(words);
  });
});
