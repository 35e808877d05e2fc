// The console channel: one clear line per message, for those who have set up no other channel.
import { CONSOLE_ID } from '#domain/channel/channel-ids';
import type { Channel, Message } from './channel.ts';
import { toLines } from './lines.ts';

/** @param write takes one line without its line end */
export function createConsoleChannel(write: (line: string) => void): Channel {
  return {
    id: CONSOLE_ID,
    type: 'console',
    name: 'Console',
    async send(message) {
      if (message.kind === 'digest') {
        return { kind: 'failed', reason: 'The console takes no digest; mail it.', disables: false };
      }
      write(toLine(message));
      return { kind: 'sent', said: 'printed' };
    },
  };
}

const WORD = { alert: 'ALERT', group: 'ALERT', test: 'TEST', notice: 'NOTICE' } as const;
/** They do not fit into one line. */
const NOT_SHOWN = new Set(['acknowledge', 'mute', 'first step']);

function toLine(message: Exclude<Message, { kind: 'digest' }>): string {
  const { title, lines } = toLines(message);
  let examples = 0;
  const facts = lines
    .filter(({ label }) => !NOT_SHOWN.has(label) && (label !== 'example' || examples++ === 0))
    .map(({ label, text }) => (label === 'what' || label === 'note' ? text : `${label} ${text}`));
  return `${WORD[message.kind]} ${[title, ...facts].join(' · ')}`;
}
