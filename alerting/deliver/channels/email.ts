// The mail channel: one mail per message to each of its addresses, through the server of SMTP_URL.
import type { Channel, Message } from './channel.ts';
import { toMailBody } from './email-body.ts';
import type { Mail, Mailer } from './mailer.ts';

export interface EmailOptions {
  readonly id: string;
  readonly name: string;
  readonly to: readonly string[];
  /** null when SMTP_URL is not set. */
  readonly mailer: Mailer | null;
}

export function createEmailChannel({ id, name, to, mailer }: EmailOptions): Channel {
  return {
    id,
    type: 'email',
    name,
    async send(message) {
      if (mailer === null) {
        return { kind: 'failed', disables: true, reason: 'There is no mail server. Set SMTP_URL and start again.' };
      }
      return mailer.sendMail(toMail(message, to));
    },
  };
}

function toMail(message: Message, to: readonly string[]): Mail {
  const { messageId } = message;
  if (message.kind !== 'digest') {
    const thread = message.kind === 'alert' ? { thread: `incident.${message.incidentId}` } : {};
    return { to, messageId, ...toMailBody(message), ...thread };
  }
  const { subject, text, html, unsubscribeUrl } = message;
  return {
    to: message.to === null ? to : [message.to],
    messageId,
    subject,
    text,
    html,
    headers: unsubscribeUrl === null ? {} : { 'List-Unsubscribe': `<${unsubscribeUrl.replace(/[<>\s]/g, '')}>` },
  };
}
