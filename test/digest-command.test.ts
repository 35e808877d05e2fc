// `telltale digest` against the real program, and a copy through a real mail server.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningTelltale, runTelltale, startTelltale } from './support/app.ts';
import { type FakeSmtp, startFakeSmtp } from './support/fake-smtp.ts';
import { sendSpans } from './ui/send-spans.ts';

let telltale: RunningTelltale;
let smtp: FakeSmtp;
const startMs = Date.now() - 1000;
/** The day of the run, also when the tests run over midnight. */
const today = new Date(startMs).toISOString().slice(0, 10);

beforeAll(async () => {
  smtp = await startFakeSmtp();
  telltale = await startTelltale({
    env: {
      SMTP_URL: smtp.url,
      TELLTALE_MAIL_FROM: 'telltale@example.org',
      TELLTALE_MAIL_DOMAINS: 'example.org',
    },
  });
  const span = {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    name: 'triage',
    startMs,
    durationMs: 800,
    service: 'triage-api',
    attributes: { 'gen_ai.agent.name': 'triage', 'telltale.step.kind': 'agent' },
  };
  await sendSpans(telltale, [span]);
}, 120_000);
afterAll(async () => {
  await telltale?.close();
  await smtp?.close();
});

const digest = (...args: string[]) =>
  runTelltale(['digest', ...args], { TELLTALE_PORT: new URL(telltale.apiUrl).port, TELLTALE_HOST: '127.0.0.1' });

it('prints the digest of a day', async () => {
  const { code, output } = await digest('--date', today, '--time-zone', 'UTC', '--print');
  expect(output).toContain('1 run, 0 failed');
  expect(output).toContain(`${telltale.apiUrl}/runs?from=`);
  expect(code).toBe(0);
});

it('mails a copy, without a way out that would be another reader’s', async () => {
  const { code, output } = await digest('--date', today, '--time-zone', 'UTC', '--to', 'ada@example.org');
  expect([code, output]).toEqual([0, 'Sent to ada@example.org.\n']);
  expect(smtp.mails[0]?.envelope.to).toEqual(['ada@example.org']);
  const elsewhere = await digest('--date', today, '--time-zone', 'UTC', '--to', 'ada@elsewhere.example');
  expect([elsewhere.code, elsewhere.output]).toEqual([1, expect.stringContaining('TELLTALE_MAIL_DOMAINS')]);
  expect(smtp.mails).toHaveLength(1);
  expect(smtp.mails[0]?.mail.text).toContain('1 run, 0 failed');
  expect(smtp.mails[0]?.mail.text).not.toContain('Unsubscribe');
});

it('says in one line what is wrong, and what to do', async () => {
  expect(await digest('--date', today)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^telltale: say where it should go: --print, or --to ADDRESS\.\n$/),
  });
  expect(await digest('--date', '2026-02-30', '--print')).toMatchObject({
    code: 1,
    output: expect.stringContaining('a date is YYYY-MM-DD'),
  });
  const nowhere = await runTelltale(['digest', '--date', today, '--print'], { TELLTALE_PORT: '1' });
  expect(nowhere).toMatchObject({
    code: 1,
    output: expect.stringContaining('no Telltale answers at http://127.0.0.1:1'),
  });
});
