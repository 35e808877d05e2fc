import { describe, expect, it } from 'vitest';
import type { ErrorFacts } from '#storage/read-error-facts';
import { storedIncident } from '../../test/support/incidents.ts';
import { applyCauses } from '../apply/apply-causes.ts';
import { openIncidentSet } from '../apply/incident-set.ts';
import { type FiringPattern, findCommonCause } from './common-cause.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const none: Record<string, number> = {};

function pattern(id: string, count: number, facts: Partial<ErrorFacts>, message = '503 overloaded'): FiringPattern {
  const common = { agents: [id], versions: [], tools: [], models: [], exampleTraceIds: [`trace of ${id}`] };
  const counted = { count, traces: count, late: 0, skewed: 0, firstMs: NOON, lastMs: NOON };
  return {
    incident: storedIncident(id, { message, errorType: 'Error', agent: id, agents: [id] }),
    facts: {
      ...common,
      ...counted,
      agent: id,
      step: 's',
      errorType: 'E',
      message,
      byProvider: none,
      byPeer: none,
      byModel: none,
      ...facts,
    },
  };
}
const openai = (n: number) => ({ byProvider: { openai: n } });

describe('a common cause', () => {
  it('is the provider that most of the errors of all firing patterns asked', () => {
    const cause = findCommonCause([pattern('a', 10, openai(10)), pattern('b', 20, openai(20)), pattern('c', 15, {})]);
    expect(cause).toMatchObject({ subject: 'provider:openai', count: 30, total: 45 });
    expect(cause?.children.map(({ incident }) => incident.id)).toEqual(['a', 'b']);
  });

  it('is none when fewer than six of ten share it, or one pattern only', () => {
    expect(
      findCommonCause([pattern('a', 10, openai(10)), pattern('b', 10, openai(10)), pattern('c', 14, {})]),
    ).toBeNull();
    expect(findCommonCause([pattern('a', 10, openai(10))])).toBeNull();
    expect(findCommonCause([])).toBeNull();
  });

  it('is the host or the model where no provider is named', () => {
    const peer = { byPeer: { 'db.internal': 10 } };
    expect(findCommonCause([pattern('a', 10, peer), pattern('b', 10, peer)])?.subject).toBe('host:db.internal');
    const model = { byModel: { 'gpt-5': 10 } };
    expect(findCommonCause([pattern('a', 10, model), pattern('b', 10, model)])?.subject).toBe('model:gpt-5');
  });

  it('is not seen in errors of the one who asks', () => {
    const wrong = 'invalid schema for field x';
    expect(findCommonCause([pattern('a', 10, openai(10), wrong), pattern('b', 10, openai(10), wrong)])).toBeNull();
  });
});

describe('the incident of a common cause', () => {
  const both = [pattern('a', 10, openai(10)), pattern('b', 20, openai(20))];

  it('lists its patterns, takes in later ones, and ends with the last of them', () => {
    const incidentSet = openIncidentSet(both.map(({ incident }) => incident));
    applyCauses('p', incidentSet, both, NOON);
    const [parent] = incidentSet.open().filter(({ kind }) => kind === 'provider');
    expect(parent).toMatchObject({
      title: 'openai is failing: 2 patterns',
      childIds: ['a', 'b'],
      count: 30,
      agents: ['a', 'b'],
    });
    expect(incidentSet.get('a')?.parentId).toBe(parent?.id);

    const third = pattern('c', 30, openai(30));
    incidentSet.put(third.incident);
    applyCauses('p', incidentSet, [...both, third], NOON + 60_000);
    expect(incidentSet.get(parent?.id ?? '')).toMatchObject({ childIds: ['a', 'b', 'c'], count: 60 });
    expect(incidentSet.open().filter(({ kind }) => kind === 'provider')).toHaveLength(1);

    const end = (id: string, atMs: number) => {
      const resolvedAt = new Date(atMs).toISOString();
      const incident = incidentSet.get(id);
      if (incident !== undefined) incidentSet.put({ ...incident, status: 'resolved', resolvedAt });
    };
    end('a', NOON + 1);
    end('b', NOON + 3);
    applyCauses('p', incidentSet, [], NOON + 120_000);
    expect(incidentSet.get(parent?.id ?? '')?.status).toBe('firing');
    end('c', NOON + 2);
    applyCauses('p', incidentSet, [], NOON + 120_000);
    expect(incidentSet.get(parent?.id ?? '')).toMatchObject({
      status: 'resolved',
      resolvedAt: new Date(NOON + 3).toISOString(),
    });
  });
});
