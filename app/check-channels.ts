// What `telltale doctor` says about the channels of the environment: whether each can work, and how to fix it.
import type { Config } from '#config';
import type { EnvironmentChannels } from '../alerting/deliver/channels/environment.ts';
import { createMailer } from '../alerting/deliver/channels/mailer.ts';

export interface ChannelCheck {
  readonly name: string;
  /** null when all is well. */
  readonly problem: string | null;
}

const SMTP_TIMEOUT_MS = 5000;

/** The channels that the settings make. */
export const environmentChannels = (config: Config): EnvironmentChannels => ({
  slackWebhookUrl: config.SLACK_WEBHOOK_URL,
  smtpUrl: config.SMTP_URL,
  mailFrom: config.TELLTALE_MAIL_FROM,
  mailTo: config.TELLTALE_MAIL_TO,
});

/** Sends nothing: checks the form of a webhook, and logs in at the mail server. */
export async function checkChannels(config: Config): Promise<ChannelCheck[]> {
  const { SLACK_WEBHOOK_URL: slack, SMTP_URL: smtpUrl, TELLTALE_MAIL_TO: mailTo } = config;
  const checks: ChannelCheck[] = [];
  if (slack !== undefined) checks.push({ name: 'alerts on Slack', problem: slackProblem(slack) });
  if (smtpUrl !== undefined) {
    const mailer = createMailer({ smtpUrl, from: config.TELLTALE_MAIL_FROM ?? null, timeoutMs: SMTP_TIMEOUT_MS });
    const problem = (await mailer.verify()) ?? senderProblem(mailer.from);
    checks.push({ name: `mail from ${mailer.from} through ${mailer.server}`, problem });
  } else if (mailTo.length > 0) {
    const problem =
      'TELLTALE_MAIL_TO is set, but there is no mail server. Set SMTP_URL, like smtp://user:password@host:587.';
    checks.push({ name: 'alerts by mail', problem });
  }
  if (slack === undefined && mailTo.length === 0) {
    checks.push({
      name: 'alerts on the console (set SLACK_WEBHOOK_URL, or SMTP_URL and TELLTALE_MAIL_TO, for more)',
      problem: null,
    });
  }
  return checks;
}

/** Webhooks at Slack have this form; those of Slack-compatible servers may have another. */
function slackProblem(webhookUrl: string): string | null {
  const { hostname, pathname, protocol } = new URL(webhookUrl);
  if (hostname !== 'hooks.slack.com' && hostname !== 'hooks.slack-gov.com') return null;
  if (protocol !== 'https:') return 'SLACK_WEBHOOK_URL must start with https://.';
  if (/^\/(services\/T\w+\/B\w+\/\w+|workflows\/.+|triggers\/.+)$/.test(pathname)) return null;
  return 'SLACK_WEBHOOK_URL is not an incoming webhook; one looks like https://hooks.slack.com/services/T…/B…/…. Copy it from the Incoming Webhooks page of your Slack app.';
}

function senderProblem(from: string): string | null {
  if (!from.endsWith('@localhost')) return null;
  return 'the sender is an address of this machine, which most servers refuse. Set TELLTALE_MAIL_FROM.';
}
