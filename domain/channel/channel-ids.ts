// The channels that come from the environment, and which fields of a channel are secret.
export const CONSOLE_ID = 'console';

export const ENV_SLACK_ID = 'env-slack';

export const ENV_EMAIL_ID = 'env-email';

/** What of a channel is secret: it is stored sealed and never shown. */
export const CHANNEL_SECRETS = ['webhookUrl', 'url', 'secret', 'authorization'] as const;
