// All channels that exist now: those of the environment, those that users made, and the console.
import { CHANNEL_STATES } from '#contracts/channel';
import type { ChannelTest } from '#contracts/channel-view';
import { CONSOLE_ID, ENV_EMAIL_ID, ENV_SLACK_ID } from '#domain/channel/channel-ids';
import type { Database } from '#storage/database';
import { readChannels, type StoredChannel } from '#storage/read-channels';
import { putSettings } from '#storage/settings';
import { createOutboundGuard, type OutboundGuardOptions } from '../../outbound/guard.ts';
import type { Channel, ChannelDirectory, Outcome } from './channel.ts';
import { createConsoleChannel } from './console.ts';
import { createEmailChannel } from './email.ts';
import type { EnvironmentChannels } from './environment.ts';
import { createMailer, type Mailer } from './mailer.ts';
import { createSlackChannel } from './slack.ts';
import { createWebhookChannel } from './webhook.ts';

export interface DirectoryDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly environment: EnvironmentChannels;
  readonly outbound: OutboundGuardOptions;
  /** Takes one line for the console. */
  readonly writeLine: (line: string) => void;
  /** ms since 1970. */
  readonly now: () => number;
  /** For one message over HTTP. Default 10 s. */
  readonly timeoutMs?: number | undefined;
}

export interface Directory extends ChannelDirectory {
  /** The transport of SMTP_URL, which the digest uses too; null when that is not set. */
  readonly mailer: Mailer | null;
  /** Sends a test message, also to a channel that is off; null when there is no such channel. @throws StorageError */
  sendTest(id: string, settingsUrl: string): Promise<ChannelTest | null>;
}

export function createDirectory(deps: DirectoryDeps): Directory {
  const { db, projectId, environment, now } = deps;
  const { smtpUrl, mailFrom } = environment;
  const mailer = smtpUrl === undefined ? null : createMailer({ smtpUrl, from: mailFrom ?? null });
  const given = createGiven(deps, mailer);
  const guard = createOutboundGuard(deps.outbound);
  let isStarted = false;

  const open = ({ id, config }: StoredChannel): Channel => {
    const { timeoutMs } = deps;
    const common = { id, name: config.name, guard, timeoutMs, now };
    switch (config.type) {
      case 'slack':
        return createSlackChannel({ ...common, webhookUrl: config.webhookUrl, setting: 'Settings › Channels' });
      case 'webhook': {
        const { url, secret, authorization } = config;
        return createWebhookChannel({ ...common, url, secret, authorization });
      }
      case 'email':
        return createEmailChannel({ id, name: config.name, to: config.to, mailer });
    }
  };
  const putState = (id: string, value: { disabledBecause: string; disabledAt: string } | null) =>
    putSettings(db, projectId, [{ of: CHANNEL_STATES, id, value }], 'alerting', now());

  /** The environment is read at start, so its channels are repaired by a restart: they are tried again. */
  const begin = async (states: ReadonlyMap<string, unknown>) => {
    for (const { id } of given) if (states.has(id)) await putState(id, null);
    isStarted = true;
  };

  const list: Directory['list'] = async () => {
    let { channels, states, receives } = await readChannels(db, projectId);
    if (!isStarted) {
      await begin(states);
      ({ channels, states, receives } = await readChannels(db, projectId));
    }
    const stored = channels.map((channel) => ({ channel: open(channel), isOn: channel.config.enabled }));
    return [...given.map((channel) => ({ channel, isOn: true })), ...stored].map(({ channel, isOn }) => {
      const { id, name } = channel;
      const gets = id === CONSOLE_ID ? 'backup' : (receives.get(id)?.receives ?? 'alerts');
      return { id, name, channel, enabled: isOn && !states.has(id), receives: gets };
    });
  };

  return {
    mailer,
    list,
    disable: (id, because) => putState(id, { disabledBecause: because, disabledAt: new Date(now()).toISOString() }),
    async sendTest(id, url) {
      const found = (await list()).find((listed) => listed.id === id);
      if (found === undefined) return null;
      const { channel, name } = found;
      const messageId = `test.${id}.${now()}`;
      const outcome = await channel.send({ kind: 'test', messageId, mayRepeat: false, channelName: name, url });
      if (outcome.kind === 'sent' && !found.enabled) await putState(id, null);
      return { outcome: outcome.kind, said: wordsOf(outcome) };
    },
  };
}

function createGiven({ environment, writeLine, timeoutMs, now }: DirectoryDeps, mailer: Mailer | null): Channel[] {
  const { slackWebhookUrl, mailTo } = environment;
  const onConsole = createConsoleChannel(writeLine);
  const slack =
    slackWebhookUrl === undefined
      ? []
      : [
          createSlackChannel({
            id: ENV_SLACK_ID,
            name: 'Slack',
            webhookUrl: slackWebhookUrl,
            guard: null,
            setting: 'SLACK_WEBHOOK_URL',
            timeoutMs,
            now,
          }),
        ];
  const email =
    mailer === null || mailTo.length === 0
      ? []
      : [createEmailChannel({ id: ENV_EMAIL_ID, name: 'Email', to: mailTo, mailer })];
  return [...slack, ...email, onConsole];
}

function wordsOf(outcome: Outcome): string {
  return outcome.kind === 'sent' ? (outcome.said ?? 'It was taken.') : outcome.reason;
}
