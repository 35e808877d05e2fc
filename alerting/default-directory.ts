// The channels that need no configuration besides the environment: Slack when its webhook is set, and the console.
import type { ChannelDirectory, ListedChannel } from './channels/channel.ts';
import { createConsoleChannel } from './channels/console.ts';
import { createSlackChannel } from './channels/slack.ts';

export interface DefaultDirectoryOptions {
  readonly slackWebhookUrl: string | undefined;
  readonly slackTimeoutMs?: number;
  readonly writeLine: (line: string) => void;
}

export function createDefaultDirectory(options: DefaultDirectoryOptions): ChannelDirectory {
  const { slackWebhookUrl, slackTimeoutMs, writeLine } = options;
  const timeout = slackTimeoutMs === undefined ? {} : { timeoutMs: slackTimeoutMs };
  const slack = slackWebhookUrl === undefined ? null : createSlackChannel({ webhookUrl: slackWebhookUrl, ...timeout });
  const disabled = new Set<string>();
  const channels = [slack, createConsoleChannel(writeLine)].filter((channel) => channel !== null);
  return {
    list: async () =>
      channels.map((channel): ListedChannel => {
        const { id, name } = channel;
        return { id, name, enabled: !disabled.has(id), channel };
      }),
    disable: async (id) => void disabled.add(id),
  };
}
