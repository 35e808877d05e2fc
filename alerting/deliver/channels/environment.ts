// The channels that come with the environment and the program.
import { CONSOLE_ID, ENV_EMAIL_ID, ENV_SLACK_ID } from '#domain/channel/channel-ids';
import { type GivenChannel, hostOf } from '#domain/channel/view-of-channel';

/** What the environment says about channels; all of it the operator's word, used as it is. */
export interface EnvironmentChannels {
  /** SLACK_WEBHOOK_URL. A secret. */
  readonly slackWebhookUrl: string | undefined;
  /** SMTP_URL. A secret. */
  readonly smtpUrl: string | undefined;
  /** TELLTALE_MAIL_FROM */
  readonly mailFrom: string | undefined;
  /** TELLTALE_MAIL_TO */
  readonly mailTo: readonly string[];
}

export const NO_ENVIRONMENT: EnvironmentChannels = {
  slackWebhookUrl: undefined,
  smtpUrl: undefined,
  mailFrom: undefined,
  mailTo: [],
};

/** The public part of them, without secrets. */
export function givenChannels({ slackWebhookUrl, smtpUrl, mailTo }: EnvironmentChannels): GivenChannel[] {
  const slack: GivenChannel | null =
    slackWebhookUrl === undefined
      ? null
      : {
          id: ENV_SLACK_ID,
          type: 'slack',
          name: 'Slack',
          setting: 'SLACK_WEBHOOK_URL',
          target: hostOf(slackWebhookUrl),
          to: [],
        };
  const email: GivenChannel | null =
    smtpUrl === undefined || mailTo.length === 0
      ? null
      : {
          id: ENV_EMAIL_ID,
          type: 'email',
          name: 'Email',
          setting: 'TELLTALE_MAIL_TO',
          target: mailTo.join(', '),
          to: mailTo,
        };
  const onConsole: GivenChannel = {
    id: CONSOLE_ID,
    type: 'console',
    name: 'Console',
    setting: null,
    target: 'standard output of the process that runs alerting',
    to: [],
  };
  return [slack, email, onConsole].filter((channel) => channel !== null);
}
