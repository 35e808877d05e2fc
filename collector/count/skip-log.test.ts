import { describe, expect, it } from 'vitest';
import { OTHER_SENDERS, SkipLog } from './skip-log.ts';

const cut = (sender: string, bytes = 100) =>
  ({ kind: 'cut', reason: 'value_too_long', sender, subject: 'key', count: 1, bytes, keptBytes: 60 }) as const;

describe('what was skipped', () => {
  it('is added up by kind, reason, sender and subject, and taken once', () => {
    let nowMs = 1000;
    const log = new SkipLog(() => nowMs);
    log.note(cut('shop'));
    nowMs = 2000;
    log.note(cut('shop', 300));
    log.note({ kind: 'rejected', reason: 'invalid_time', sender: 'shop', count: 3 });
    log.note({ kind: 'rejected', reason: 'invalid_time', sender: 'shop', count: 0 });
    expect(log.take()).toEqual([
      {
        kind: 'cut',
        reason: 'value_too_long',
        sender: 'shop',
        subject: 'key',
        count: 2,
        bytes: 400,
        keptBytes: 120,
        largestBytes: 300,
        firstAtMs: 1000,
        lastAtMs: 2000,
      },
      expect.objectContaining({ kind: 'rejected', reason: 'invalid_time', sender: 'shop', count: 3 }),
    ]);
    expect(log.take()).toEqual([]);
  });

  it('stays small however many senders there are, and counts all of them', () => {
    const log = new SkipLog(() => 0);
    for (let i = 0; i < 5000; i++) log.note(cut(`pod-${i}-${'x'.repeat(60_000)}`));
    const taken = log.take();
    expect(taken.length).toBeLessThanOrEqual(501);
    expect(taken.reduce((sum, { count }) => sum + count, 0)).toBe(5000);
    expect(taken.find(({ sender }) => sender === OTHER_SENDERS)?.count).toBe(4500);
    for (const { sender } of taken) expect(Buffer.byteLength(sender)).toBeLessThanOrEqual(512);
  });
});
