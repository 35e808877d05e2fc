// A data directory of a version in which mail was silent beside Slack: the program says so at its start, in Settings and
// in the doctor, with what to do, and goes on as before until someone chooses.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { API } from '#contracts/api';
import { appendJournal } from '#storage/journal';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { runTelltale, startTelltale } from './support/app.ts';
import { type FakeSlack, startFakeSlack } from './support/fake-slack.ts';
import { type FakeSmtp, startFakeSmtp } from './support/fake-smtp.ts';

const NOTICE = /Email still gets an alert only when no other channel can take it, as before the upgrade\./;

/** As an earlier version leaves it: the detector has ticked, and no one has chosen what a channel gets. */
async function earlierData(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'telltale-'));
  const db = await openDatabase({ dataDir });
  await migrate(db);
  await appendJournal(db, 'default', Date.now(), [{ kind: 'cursor', receivedMs: Date.now(), fence: 0 }]);
  await db.close();
  return dataDir;
}

it('says what it keeps, and stops saying so when someone has chosen', async () => {
  const dataDir = await earlierData();
  const [slack, smtp]: [FakeSlack, FakeSmtp] = await Promise.all([startFakeSlack(), startFakeSmtp()]);
  const env = { SLACK_WEBHOOK_URL: slack.webhookUrl, SMTP_URL: smtp.url, TELLTALE_MAIL_TO: 'ops@acme.example' };
  const telltale = await startTelltale({ env, dataDir });
  try {
    const read = async () =>
      API.listChannels.reply.parse(await (await fetch(`${telltale.apiUrl}/api/channels`)).json());
    const doctor = async () =>
      (
        await runTelltale(['doctor'], {
          ...env,
          TELLTALE_DATA_DIR: dataDir,
          TELLTALE_PORT: new URL(telltale.apiUrl).port,
        })
      ).output;
    expect(telltale.output()).toMatch(NOTICE);
    const before = await read();
    expect(before.notices).toEqual([expect.stringMatching(NOTICE)]);
    expect(before.channels.find(({ id }) => id === 'env-email')).toMatchObject({ receives: 'backup', isKept: true });
    expect(await doctor()).toMatch(new RegExp(`^note {2}${NOTICE.source}`, 'm'));

    const chosen = await fetch(`${telltale.apiUrl}/api/channels/env-email/receives?by=Ines`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ receives: 'alerts' }),
    });
    expect(chosen.status).toBe(200);
    expect((await read()).notices).toEqual([]);
    expect(await doctor()).not.toMatch(NOTICE);
  } finally {
    await telltale.close();
    await Promise.all([slack.close(), smtp.close(), rm(dataDir, { recursive: true, force: true })]);
  }
});
