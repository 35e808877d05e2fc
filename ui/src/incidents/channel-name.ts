// What people call a channel. Pure.
const NAMES: Readonly<Record<string, string>> = {
  slack: 'Slack',
  'env-slack': 'Slack',
  'env-email': 'mail',
  console: 'the console',
};

export const channelName = (id: string): string => NAMES[id] ?? id;
