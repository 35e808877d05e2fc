import { describe, expect, it } from 'vitest';
import type { StoredIncident } from '#storage/journal-shapes';
import { OPENED_MS, storedIncident } from '../../test/support/incidents.ts';
import { decideNotice, type NoticeInput } from './notices.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const calm = { windowCount: 10, isAcknowledged: false, isSilenced: false, isInhibited: false, nowMs: OPENED_MS };
const decide = (incident: StoredIncident, input: Partial<NoticeInput> = {}) =>
  decideNotice({ ...calm, incident, ...input });
/** Notified at its opening. */
const notifiedOnce = (fields: Partial<StoredIncident> = {}) => {
  const { incident } = decide(storedIncident('a'));
  return { ...incident, ...fields };
};
const later = (ms: number, input: Partial<NoticeInput> = {}) => ({ nowMs: OPENED_MS + ms, ...input });
const RESOLVED = { status: 'resolved', resolvedAt: new Date(OPENED_MS + HOUR).toISOString() } as const;

describe('an incident is notified', () => {
  it('when it opens, once', () => {
    const first = decide(storedIncident('a'));
    expect(first.transition).toBe('opened');
    expect(decide(first.incident, later(MINUTE)).transition).toBeNull();
  });

  it('when it ends, once, and only when its beginning was notified', () => {
    const end = decide(notifiedOnce(RESOLVED), later(HOUR));
    expect(end.transition).toBe('resolved');
    expect(decide(end.incident, later(HOUR)).transition).toBeNull();
  });

  it('once when it began and ended since the last tick', () => {
    const both = decide(storedIncident('a', RESOLVED), later(HOUR));
    expect(both.transition).toBe('opened');
    expect(decide(both.incident, later(HOUR)).transition).toBeNull();
  });

  it('again when it has grown tenfold, not sooner than ten minutes after', () => {
    expect(decide(notifiedOnce(), later(9 * MINUTE, { windowCount: 100 })).transition).toBeNull();
    expect(decide(notifiedOnce(), later(10 * MINUTE, { windowCount: 99 })).transition).toBeNull();
    const grown = decide(notifiedOnce(), later(10 * MINUTE, { windowCount: 100 }));
    expect(grown.transition).toBe('grown');
    expect(decide(grown.incident, later(30 * MINUTE, { windowCount: 999 })).transition).toBeNull();
  });

  it('again when another agent or version fails', () => {
    expect(decide(notifiedOnce({ versions: ['1.0.0', '1.1.0'] }), later(10 * MINUTE)).transition).toBe('spread');
    expect(decide(notifiedOnce({ agents: ['support-agent', 'b'] }), later(10 * MINUTE)).transition).toBe('spread');
  });

  it('again after six hours, and every six hours', () => {
    expect(decide(notifiedOnce(), later(6 * HOUR - 1)).transition).toBeNull();
    const reminded = decide(notifiedOnce(), later(6 * HOUR));
    expect(reminded.transition).toBe('reminder');
    expect(decide(reminded.incident, later(12 * HOUR - 1)).transition).toBeNull();
    expect(decide(reminded.incident, later(12 * HOUR)).transition).toBe('reminder');
  });

  it('no more once a user has acknowledged it, but for its end', () => {
    const acknowledged = { isAcknowledged: true };
    expect(decide(notifiedOnce(), later(10 * MINUTE, { windowCount: 100, ...acknowledged })).transition).toBeNull();
    expect(decide(notifiedOnce(), later(7 * HOUR, acknowledged)).transition).toBeNull();
    expect(decide(notifiedOnce(RESOLVED), later(HOUR, acknowledged)).transition).toBe('resolved');
  });

  it('not while it recovers', () => {
    const recovering = notifiedOnce({ status: 'recovering', recoveringAt: new Date(OPENED_MS).toISOString() });
    expect(decide(recovering, later(7 * HOUR, { windowCount: 100 })).transition).toBeNull();
  });

  it('when a mute ends and it still goes on', () => {
    const muted = decide(storedIncident('a'), { isSilenced: true });
    expect(muted.transition).toBeNull();
    expect(decide(muted.incident, later(HOUR)).transition).toBe('opened');
    expect(decide(notifiedOnce(RESOLVED), later(HOUR, { isSilenced: true })).transition).toBeNull();
  });

  it('by another incident with the same cause, and by itself when that is over', () => {
    expect(decide(storedIncident('a'), { isInhibited: true }).transition).toBeNull();
    expect(decide(storedIncident('a')).transition).toBe('opened');
  });

  it('in the digest only, when its rule says so', () => {
    const { memory } = storedIncident('a');
    expect(decide(storedIncident('a', { memory: { ...memory, isQuiet: true } })).transition).toBeNull();
  });

  it('when it came back after its end only if it stays for an hour', () => {
    const { incident } = decide(notifiedOnce(RESOLVED), later(HOUR));
    const memory = { ...incident.memory, reopenedAtMs: OPENED_MS + 80 * MINUTE };
    const back: StoredIncident = { ...incident, status: 'firing', resolvedAt: null, memory };
    expect(decide(back, later(139 * MINUTE)).transition).toBeNull();
    expect(decide(back, later(140 * MINUTE)).transition).toBe('reopened');
    const over = { ...back, status: 'resolved' as const };
    expect(decide(over, later(100 * MINUTE)).transition).toBeNull();
  });

  it('each time under another number', () => {
    const reminded = decide(notifiedOnce(), later(6 * HOUR));
    expect([notifiedOnce().memory.notices, reminded.incident.memory.notices]).toEqual([1, 2]);
  });
});
