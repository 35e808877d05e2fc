// Digests on a real engine, a real SMTP server and a clock that is set by hand, started and stopped as often as wanted.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Delivery } from '#schema/delivery';
import type { Database } from '#storage/database';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { readDeliveries } from '#storage/read-deliveries';
import { readIncidents } from '#storage/read-incidents';
import { createMailer } from '../../alerting/channels/mailer.ts';
import { type Digests, startDigests } from '../../alerting/digest/schedule-digests.ts';
import { type FakeSmtp, startFakeSmtp } from '../support/fake-smtp.ts';
import type { FaultResult } from './fault.ts';

export interface DigestFaultWorld {
  readonly db: Database;
  readonly smtp: FakeSmtp;
  /** A process that begins to live at this project and zone. */
  start(of: { projectId: string; timeZone: string; at: string; now: () => number }): Digests;
  deliveries(projectId: string): Promise<Delivery[]>;
}

export async function withDigests(work: (world: DigestFaultWorld) => Promise<FaultResult>): Promise<FaultResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'telltale-fault-'));
  const db = await openDatabase({ dataDir });
  const smtp = await startFakeSmtp();
  const started: Digests[] = [];
  try {
    await migrate(db);
    return await work({
      db,
      smtp,
      start({ projectId, timeZone, at, now }) {
        const digests = startDigests({
          db,
          projectId,
          publicUrl: () => 'https://telltale.example',
          readIncidents,
          mailer: createMailer({ smtpUrl: smtp.url, from: 'telltale@example.org', timeoutMs: 1500 }),
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
      deliveries: (projectId) => readDeliveries(db, projectId, 'digest:', 0),
    });
  } finally {
    for (const digests of started) await digests.stop();
    await smtp.close();
    await db.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}
