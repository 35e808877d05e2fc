// The console channel: one clear line per alert, for those who have set up no other channel.
import type { AlertMessage, Channel } from './channel.ts';
import { howMany, utcMinute } from './message.ts';
import { plainText } from './plain-text.ts';

/** @param write takes one line without its line end */
export function createConsoleChannel(write: (line: string) => void): Channel {
  return {
    name: 'console',
    async send(message) {
      write(toLine(message));
      return { kind: 'sent' };
    },
  };
}

function toLine(message: AlertMessage): string {
  const facts = [
    `agent ${plainText(message.agent, 100) || '(none)'}`,
    `step ${plainText(message.step, 100)}`,
    `${plainText(message.errorType, 100) || 'error'}: ${plainText(message.message, 300)}`,
    `since ${utcMinute(message.firstSeen)}`,
    message.resolvedAt === null ? '' : `over since ${utcMinute(message.resolvedAt)}`,
    ...message.examples.slice(0, 1).map(({ url }) => `example ${url}`),
  ];
  return `ALERT ${howMany(message)} · ${facts.filter((fact) => fact !== '').join(' · ')}`;
}
