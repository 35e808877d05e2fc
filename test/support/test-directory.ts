// The channels of a test: Slack when there is a stand-in for it, and the console.
import type { Database } from '#storage/database';
import type { ChannelDirectory } from '../../alerting/channels/channel.ts';
import { createDirectory } from '../../alerting/channels/directory.ts';
import { NO_ENVIRONMENT } from '../../alerting/channels/environment.ts';

export interface TestDirectoryOptions {
  readonly db: Database;
  readonly projectId: string;
  readonly slackWebhookUrl: string | undefined;
  readonly writeLine: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly slackTimeoutMs?: number | undefined;
}

export function testDirectory(options: TestDirectoryOptions): ChannelDirectory {
  const { db, projectId, slackWebhookUrl, writeLine, now, slackTimeoutMs } = options;
  const environment = { ...NO_ENVIRONMENT, slackWebhookUrl };
  const timeoutMs = slackTimeoutMs;
  return createDirectory({ db, projectId, environment, outbound: { allow: [] }, writeLine, now, timeoutMs });
}
