// Channels as an operator sets them up, over real SMTP, stand-ins of Slack and a real engine: what each says it gets,
// and what it got.
import { CHANNEL_RECEIVES, CHANNEL_STATES, CHANNELS, type ChannelConfig, type Receives } from '#contracts/channel';
import type { ChannelList } from '#contracts/channel-view';
import { RULES } from '#contracts/rule';
import type { Database } from '#storage/database';
import { readIncidents } from '#storage/read-incidents';
import { type Put, putSettings } from '#storage/settings';
import { createDirectory } from '../../alerting/deliver/channels/directory.ts';
import {
  type EnvironmentChannels,
  givenChannels,
  NO_ENVIRONMENT,
} from '../../alerting/deliver/channels/environment.ts';
import { createMailer } from '../../alerting/deliver/channels/mailer.ts';
import { startDigests } from '../../alerting/digest/schedule-digests.ts';
import { startAlerting } from '../../alerting/start-alerting.ts';
import { listChannels } from '../../query-api/channel-list.ts';
import { insertErrors } from './error-rows.ts';
import { type FakeSlack, startFakeSlack } from './fake-slack.ts';
import { type FakeSmtp, startFakeSmtp } from './fake-smtp.ts';
import { fixedClock } from './fixed-clock.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-02T12:00:00.000Z');

/** A message that arrived: on which channel, and its words. */
interface Arrived {
  readonly channel: string;
  readonly words: string;
}

interface Stored {
  readonly config: (slackUrl: string) => ChannelConfig;
  readonly receives?: Receives;
}

export interface ChannelSetUp {
  readonly slack?: boolean;
  readonly mailTo?: readonly string[];
  readonly hasMailServer?: boolean;
  readonly stored?: Readonly<Record<string, Stored>>;
  /** Ids of channels whose receivers refuse. */
  readonly refused?: readonly string[];
  readonly rules?: readonly Readonly<Record<string, unknown>>[];
}

let projects = 0;
let traces = 0;

/** Everything is set up, nothing has happened yet. Close it after the test. */
export async function openChannelWorld(db: Database, setUp: ChannelSetUp) {
  const projectId = `channels-${++projects}`;
  const { mailTo = [], stored = {}, hasMailServer = true } = setUp;
  const clock = fixedClock(NOON);
  const smtp: FakeSmtp = await startFakeSmtp();
  const slacks = new Map<string, FakeSlack>();
  const slackOf = async (id: string) => {
    const slack = await startFakeSlack();
    slacks.set(id, slack);
    return slack.webhookUrl;
  };
  const lines: string[] = [];
  const set = (of: Put['of'], id: string, value: unknown) =>
    putSettings(db, projectId, [{ of, id, value }], 'test', clock.now());
  const environment: EnvironmentChannels = {
    ...NO_ENVIRONMENT,
    slackWebhookUrl: setUp.slack === true ? await slackOf('env-slack') : undefined,
    smtpUrl: hasMailServer ? smtp.url : undefined,
    mailFrom: 'telltale@acme.example',
    mailTo,
  };
  /** Whose mail it is: no address is on two channels. */
  const mailboxes = new Map(mailTo.map((address) => [address, 'env-email']));
  for (const [id, { config, receives }] of Object.entries(stored)) {
    const value = config(await slackOf(id));
    if (value.type === 'email') for (const address of value.to) mailboxes.set(address, id);
    await set(CHANNELS, id, value);
    if (receives !== undefined) await set(CHANNEL_RECEIVES, id, { receives });
  }
  for (const id of setUp.refused ?? [])
    await set(CHANNEL_STATES, id, { disabledBecause: 'Slack answered 404 (no_service).', disabledAt: '2026-03-02' });
  for (const rule of setUp.rules ?? []) await set(RULES, String(rule.id), { kind: 'similar_errors', ...rule });

  const now = clock.now;
  const quiet = () => undefined;
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const wake = () => () => undefined;
  const publicUrl = () => 'https://telltale.example';
  const outbound = { allow: ['127.0.0.1'] };
  const writeLine = (line: string) => void lines.push(line);
  const directory = createDirectory({ db, projectId, environment, outbound, writeLine, now, timeoutMs: 30_000 });
  const alerting = startAlerting({ db, projectId, publicUrl, directory, log, now, wake });
  const mailer = hasMailServer ? createMailer({ smtpUrl: smtp.url, from: 'telltale@acme.example' }) : null;
  const defaults = { mailTo, timeZone: 'UTC', at: '08:00' };
  const digests = startDigests({ db, projectId, publicUrl, readIncidents, mailer, defaults, log, now, wake });

  return {
    projectId,
    clock,
    alerting,
    digests,
    set,
    slack: (id: string) => slacks.get(id) as FakeSlack,
    tick: async (minutes = 0) => {
      clock.advance(minutes * MINUTE);
      const report = await alerting.tick();
      if (report.status !== 'done') throw new Error(JSON.stringify(report));
    },
    /** Ten similar errors of an agent, now. */
    errors: (agent: string) =>
      insertErrors(
        db,
        Array.from({ length: 10 }, (_, i) => ({
          projectId,
          fingerprint: `f-${agent}`,
          trace: ++traces,
          endedMs: now() - (9 - i) * 1000,
          agent,
        })),
      ),
    says: (): Promise<ChannelList> =>
      listChannels({
        db,
        projectId,
        now,
        givenChannels: givenChannels(environment),
        digests: {
          isMailSetUp: hasMailServer,
          mailTo,
          mailDomains: [],
          timeZone: 'UTC',
          at: '08:00',
          write: () => Promise.reject(new Error('not asked for')),
          mail: async () => undefined,
        },
      }),
    arrived: (): Arrived[] => [
      ...[...slacks].flatMap(([channel, { posts }]) => posts.map((post) => ({ channel, words: JSON.stringify(post) }))),
      ...smtp.mails.flatMap(({ envelope, mail }) =>
        [...new Set(envelope.to.map((address) => mailboxes.get(address) ?? address))].map((channel) => ({
          channel,
          words: `${mail.subject} ${mail.text}`,
        })),
      ),
      ...lines.map((words) => ({ channel: 'console', words })),
    ],
    /** Addresses that got a digest. */
    digestReaders: () => smtp.mails.filter(({ raw }) => /^list-id:/im.test(raw)).flatMap(({ envelope }) => envelope.to),
    close: async () => {
      await alerting.stop();
      await digests.stop();
      await smtp.close();
      for (const slack of slacks.values()) await slack.close();
    },
  };
}

export type ChannelWorldUnderTest = Awaited<ReturnType<typeof openChannelWorld>>;
