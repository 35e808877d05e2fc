// Digests on a real engine, a real SMTP server and a clock that is set by hand, started and stopped as often as wanted.
import type { Delivery } from '#contracts/delivery';
import type { Database } from '#storage/database';
import { readDeliveries } from '#storage/read-deliveries';
import { readIncidents } from '#storage/read-incidents';
import { createMailer, type Mailer } from '../../alerting/deliver/channels/mailer.ts';
import { type Digests, startDigests } from '../../alerting/digest/schedule-digests.ts';
import { type FakeSmtp, startFakeSmtp } from '../support/fake-smtp.ts';
import { openTestDatabase } from '../support/span-rows.ts';
import type { FaultResult } from './fault.ts';

export interface DigestFaultWorld {
  readonly db: Database;
  readonly smtp: FakeSmtp;
  /** A process that begins to live at this project and zone. */
  start(of: { projectId: string; timeZone: string; at: string; now: () => number }): Digests;
  deliveries(projectId: string): Promise<Delivery[]>;
}

export async function withDigests(work: (world: DigestFaultWorld) => Promise<FaultResult>): Promise<FaultResult> {
  const { db, close } = await openTestDatabase();
  const smtp = await startFakeSmtp();
  const waiting = (timeoutMs: number) => createMailer({ smtpUrl: smtp.url, from: 'telltale@example.org', timeoutMs });
  // Only a server that hangs is given up quickly: a slow machine is none.
  const [brief, patient] = [waiting(1000), waiting(120_000)];
  const mailer: Mailer = { ...patient, sendMail: (mail) => (smtp.isHanging() ? brief : patient).sendMail(mail) };
  const started: Digests[] = [];
  try {
    return await work({
      db,
      smtp,
      start({ projectId, timeZone, at, now }) {
        const digests = startDigests({
          db,
          projectId,
          publicUrl: () => 'https://telltale.example',
          readIncidents,
          mailer,
          defaults: { mailTo: ['ines@example.org'], timeZone, at },
          log: {
            debug: () => undefined,
            info: () => undefined,
            error: (...words: unknown[]) => console.error(...words),
          },
          now,
          wake: () => () => undefined,
        });
        started.push(digests);
        return digests;
      },
      deliveries: async (projectId) => (await readDeliveries(db, projectId, 'digest:', 0)).deliveries,
    });
  } finally {
    for (const digests of started) await digests.stop();
    await smtp.close();
    await close();
  }
}
