import { describe, expect, it } from 'vitest';
import { ACKS, MUTES, type Mute, RESOLVES, type Scope } from '#contracts/mute';
import { covers, isMuted } from '#domain/incident/muted';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const incident = {
  fingerprint: 'f' as string | null,
  subject: 'f',
  agent: 'desk',
  agents: ['desk'],
  count: 10,
  versions: ['1.0.0'],
};
const mute = (fields: object): Mute =>
  MUTES.shape.parse({ scope: { kind: 'project' }, by: 'Ann', why: 'known', at: '2026-03-02T11:00:00.000Z', ...fields });

describe('a scope', () => {
  it.each<[Scope, boolean]>([
    [{ kind: 'project' }, true],
    [{ kind: 'pattern', fingerprint: 'f' }, true],
    [{ kind: 'pattern', fingerprint: 'g' }, false],
    [{ kind: 'agent', agent: 'desk' }, true],
    [{ kind: 'agent', agent: 'other' }, false],
  ])('%j covers the incident: %s', (scope, is) => {
    expect(covers(scope, incident)).toBe(is);
  });

  it('of an agent does not cover what another agent suffers too', () => {
    expect(covers({ kind: 'agent', agent: 'desk' }, { ...incident, agents: ['desk', 'other'] })).toBe(false);
  });

  it('of a pattern covers what has no fingerprint by its subject', () => {
    const measured = { ...incident, fingerprint: null, subject: 'cost of desk' };
    expect(covers({ kind: 'pattern', fingerprint: 'cost of desk' }, measured)).toBe(true);
  });
});

describe('a mute', () => {
  it('holds until its time, or until it is lifted', () => {
    const until = mute({ until: '2026-03-02T12:30:00.000Z' });
    expect(isMuted(until, incident, NOON)).toBe(true);
    expect(isMuted(until, incident, NOON + 30 * 60_000)).toBe(false);
    expect(isMuted(mute({}), incident, NOON + 10 ** 12)).toBe(true);
  });

  it('ends early when there are ten times as many, or when a new version fails', () => {
    const unless = mute({ unless: { count: 12, versions: ['1.0.0'] } });
    expect(isMuted(unless, { ...incident, count: 119 }, NOON)).toBe(true);
    expect(isMuted(unless, { ...incident, count: 120 }, NOON)).toBe(false);
    expect(isMuted(unless, { ...incident, versions: ['1.0.0', '1.1.0'] }, NOON)).toBe(false);
  });

  it('needs to say who and why', () => {
    expect(MUTES.shape.safeParse({ scope: { kind: 'project' }, at: '2026-03-02T11:00:00.000Z' }).success).toBe(false);
    const act = { by: 'Ann', at: '2026-03-02T11:00:00.000Z' };
    expect(ACKS.shape.parse(act)).toEqual({ ...act, note: '' });
    expect(RESOLVES.shape.parse(act).note).toBe('');
  });
});
