// The channels of a test: Slack when there is a stand-in for it, and the console.
import type { Database } from '#storage/database';
import type { ChannelDirectory } from '../../alerting/deliver/channels/channel.ts';
import { createDirectory } from '../../alerting/deliver/channels/directory.ts';
import { NO_ENVIRONMENT } from '../../alerting/deliver/channels/environment.ts';

export interface TestDirectoryOptions {
  readonly db: Database;
  readonly projectId: string;
  readonly slackWebhookUrl: string | undefined;
  readonly writeLine: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether Slack gives no answer now. Only then is it waited for briefly: a slow machine is no hanging Slack. */
  readonly slackIsHanging?: () => boolean;
}

const BRIEFLY_MS = 100;
/** Only ends a hang. */
const PATIENTLY_MS = 60_000;

export function testDirectory(options: TestDirectoryOptions): ChannelDirectory {
  const { db, projectId, slackWebhookUrl, writeLine, now, slackIsHanging = () => false } = options;
  const environment = { ...NO_ENVIRONMENT, slackWebhookUrl };
  const waiting = (timeoutMs: number) =>
    createDirectory({ db, projectId, environment, outbound: { allow: [] }, writeLine, now, timeoutMs });
  const [brief, patient] = [waiting(BRIEFLY_MS), waiting(PATIENTLY_MS)];
  return {
    list: () => (slackIsHanging() ? brief : patient).list(),
    disable: (id, because) => patient.disable(id, because),
  };
}
