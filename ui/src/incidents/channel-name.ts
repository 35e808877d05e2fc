// The name of a channel as a reader sees it. Pure.
const NAMES: Readonly<Record<string, string>> = {
  slack: 'Slack',
  'env-slack': 'Slack',
  'env-email': 'the mail recipients',
  console: 'the console',
};

export const channelName = (id: string): string => NAMES[id] ?? id;
