// One mail per project, recipient and local date, whatever happens in between.

import { describe, expect, it } from 'vitest';
import { listDigests } from '#storage/digests';
import { readDeliveries } from '#storage/read-deliveries';
import { readIncidents } from '#storage/read-incidents';
import { putRecipient, readRecipients } from '#storage/recipients';
import { openStores } from '#storage/stores';
import { FRIDAY_NOON, PUBLIC_URL, SATURDAY, useDigestWorld } from '../../test/support/digest-world.ts';
import { writeDigest } from './write-digest.ts';

const HOUR = 3_600_000;
const world = useDigestWorld();
const to = (clockMs: number) => world.clock.advance(clockMs - world.clock.now());
const deliveries = async () => (await readDeliveries(world.db, world.projectId, 'digest:', 0)).deliveries;

describe('a digest', () => {
  it('is mailed once, however often it is looked at and whoever starts again', async () => {
    await world.insert(world.run(1, FRIDAY_NOON));
    await world.start().tick();
    to(SATURDAY);
    for (let start = 0; start < 3; start++) {
      const digests = world.start();
      await digests.tick();
      await digests.tick();
      await digests.stop();
    }
    expect(world.smtp.mails).toHaveLength(1);
    expect(world.smtp.mails[0]?.envelope.to).toEqual(['ines@example.org']);
    expect(world.smtp.mails[0]?.mail.subject).toBe(`${world.projectId}, Fri 20 Nov: 1 run (all ok), $0.2500`);
  });

  it('is enqueued for no day before its reader was known', async () => {
    to(SATURDAY);
    await world.insert(world.run(1, FRIDAY_NOON));
    await world.start().tick();
    expect(world.smtp.mails).toHaveLength(0);
    expect(await listDigests(world.db, world.projectId, { limit: 10 })).toHaveLength(1);
    to(SATURDAY + 24 * HOUR);
    await world.start().tick();
    expect(world.smtp.mails.map(({ mail }) => mail.subject)).toEqual([expect.stringContaining('Sat 21 Nov')]);
  });

  it('that is late says so, and of a longer downtime only the last day is mailed while all are written', async () => {
    await world.insert(world.run(1, FRIDAY_NOON));
    await world.start().tick();
    to(SATURDAY);
    await world.start().tick();
    to(SATURDAY + 5 * 24 * HOUR + 3 * HOUR);
    await world.start().tick();
    expect(world.smtp.mails.map(({ mail }) => mail.subject?.split(': ')[0])).toEqual([
      `${world.projectId}, Fri 20 Nov`,
      `${world.projectId}, Wed 25 Nov`,
    ]);
    for (const part of [world.smtp.mails[1]?.mail.text, String(world.smtp.mails[1]?.mail.html)]) {
      expect(part).toContain('This mail is late: sent at 13:00, due at 08:00.');
    }
    const dates = (await listDigests(world.db, world.projectId, { limit: 20 })).map(({ date }) => date);
    expect(dates).toEqual(['2026-11-25', '2026-11-24', '2026-11-23', '2026-11-22', '2026-11-21', '2026-11-20']);
  });

  it('of a day that was not over when someone asked is written as a whole once it is', async () => {
    await world.insert(world.run(1, FRIDAY_NOON - HOUR));
    const deps = { db: world.db, ...openStores(world.db, world.projectId), readIncidents, publicUrl: () => PUBLIC_URL };
    const of = { projectId: world.projectId, date: '2026-11-20', form: 'daily', timeZone: 'Europe/Paris' } as const;
    expect((await writeDigest(deps, of, FRIDAY_NOON)).digest.numbers.runs).toBe(1);
    await world.insert(world.run(2, FRIDAY_NOON));
    to(SATURDAY);
    await world.start().tick();
    const [digest, ...others] = await listDigests(world.db, world.projectId, { limit: 10 });
    expect([digest?.numbers.runs, others.length]).toEqual([2, 0]);
  });

  it('is written and enqueued for nobody without a mail server', async () => {
    await world.insert(world.run(1, FRIDAY_NOON));
    to(SATURDAY);
    await world.start({ mailer: null }).tick();
    expect(await listDigests(world.db, world.projectId, { limit: 10 })).toHaveLength(1);
    expect(await deliveries()).toEqual([]);
  });

  it('is tried again under the same Message-ID when the server is busy, and once more when nobody knows', async () => {
    await world.start().tick();
    to(SATURDAY);
    const digests = world.start();
    world.smtp.answerWith('busy_after_data');
    await digests.tick();
    world.clock.advance(60_000);
    world.smtp.answerWith('drop_in_data');
    await digests.tick();
    expect(await deliveries()).toMatchObject([{ status: 'owed', attempts: 2, mayHaveArrived: true }]);
    world.clock.advance(300_000);
    world.smtp.answerWith('ok');
    await digests.tick();
    await digests.tick();
    const [delivery] = await deliveries();
    expect(delivery).toMatchObject({ status: 'sent', attempts: 3 });
    // The one whose connection broke may have arrived: a mailbox knows it by its id.
    const ids = world.smtp.mails.map(({ mail }) => mail.messageId);
    expect(ids.length).toBeLessThanOrEqual(2);
    expect(new Set(ids)).toEqual(new Set([`<${delivery?.messageId}@example.org>`]));
  });

  it('whose reader left before it went out is dropped, with the reason', async () => {
    await world.start().tick();
    to(SATURDAY);
    world.smtp.answerWith('busy');
    await world.start().tick();
    const [recipient] = (await readRecipients(world.db, world.projectId)).settings;
    const left = { ...(recipient?.value as NonNullable<typeof recipient>['value']), enabled: false };
    await putRecipient(world.db, world.projectId, String(recipient?.id), left, 'the reader', world.clock.now());
    world.clock.advance(60_000);
    world.smtp.answerWith('ok');
    await world.start().tick();
    expect(await deliveries()).toMatchObject([{ status: 'dropped', lastError: expect.stringMatching(/turned off/) }]);
    expect(world.smtp.mails).toHaveLength(0);
  });

  it('goes to each reader in their own zone, and weekly where they ask for that', async () => {
    const since = new Date(FRIDAY_NOON).toISOString();
    const common = { projects: [], at: '08:00', weekday: 6, enabled: true, unsubscribedAt: null, since };
    const put = (id: string, address: string, form: 'daily' | 'weekly', timeZone: string) =>
      putRecipient(world.db, world.projectId, id, { ...common, address, form, timeZone }, 'test', FRIDAY_NOON);
    await put('tokyo', 'aiko@example.org', 'daily', 'Asia/Tokyo');
    await put('week', 'otto@example.org', 'weekly', 'Europe/Paris');
    await world.insert(world.run(1, FRIDAY_NOON));
    // 08:00 on Saturday in Tokyo is midnight in Paris.
    to(Date.parse('2026-11-20T23:00:00Z'));
    await world.start().tick();
    expect(world.smtp.mails.map(({ envelope }) => envelope.to[0])).toEqual(['aiko@example.org']);
    to(SATURDAY);
    await world.start().tick();
    expect(world.smtp.mails.map(({ envelope }) => envelope.to[0]).sort()).toEqual([
      'aiko@example.org',
      'ines@example.org',
      'otto@example.org',
    ]);
    const week = world.smtp.mails.find(({ envelope }) => envelope.to[0] === 'otto@example.org');
    expect(week?.mail.subject).toContain('week to Fri 20 Nov');
  });
});
