// The form of an alert in Slack: Block Kit, within Slack's limits, with every text from a span made inert.
import type { IncomingWebhookSendArguments } from '@slack/webhook';
import type { AlertMessage } from './channel.ts';
import { howMany, utcMinute } from './message.ts';
import { plainText } from './plain-text.ts';

// Slack refuses the whole message when one text is longer: headers 150, sections 3,000, fields 2,000 characters.
const HEADER_MAX_CHARS = 150;
const SECTION_MAX_CHARS = 3000;
const FIELD_MAX_CHARS = 2000;

/** A message for an incoming webhook: what, how many in how long, since when, where, examples, what to do first. */
export function toSlackMessage(message: AlertMessage): IncomingWebhookSendArguments {
  const where = message.step === '' ? message.agent : message.step;
  return {
    // Shown in notifications, where blocks are not.
    text: inert(`${howMany(message)}: ${message.agent} ${message.step} ${message.errorType} ${message.message}`, 500),
    unfurl_links: false,
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: inert(`${message.count} similar errors in ${where}`, HEADER_MAX_CHARS) },
      },
      section(`*${howMany(message)}*, since ${slackTime(message.firstSeen)}.${whatNow(message)}`),
      {
        type: 'section',
        fields: [field('Agent', message.agent), field('Step', message.step), field('Error', message.errorType)],
      },
      section(`\`\`\`${inert(message.message, SECTION_MAX_CHARS - 6) || '(no message)'}\`\`\``),
      section(`*Example runs:* ${message.examples.map(link).join(' · ') || 'none is stored any more'}`),
      section(`*First step:* ${message.firstStep}`),
    ],
  };
}

/** Text that Slack shows as it is: mentions, links, entities and code fences lose their meaning. Fits after escaping. */
function inert(original: string, maxChars: number): string {
  const text = original.replaceAll('`', "'");
  const neutral = (part: string) => part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  let fits = maxChars;
  let escaped = neutral(plainText(text, fits));
  while (escaped.length > maxChars) {
    fits -= Math.max(1, Math.ceil((escaped.length - maxChars) / 5));
    escaped = neutral(plainText(text, fits));
  }
  return escaped;
}

// `verbatim` keeps Slack from making links and mentions out of words in the text.
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true }) as const;
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) }) as const;

function field(name: string, value: string) {
  return mrkdwn(`*${name}*\n${inert(value, FIELD_MAX_CHARS - 100) || '(none)'}`);
}

function whatNow({ resolvedAt, mayRepeat }: AlertMessage): string {
  const over = resolvedAt === null ? '' : ` Over since ${slackTime(resolvedAt)}.`;
  return over + (mayRepeat ? ' _Slack did not confirm an earlier attempt, so this may be a repeat._' : '');
}

function link({ traceId, url }: AlertMessage['examples'][number]): string {
  const target = url.replace(/[<>|\s]/g, (char) => encodeURIComponent(char)).replaceAll('&', '&amp;');
  return `<${target}|${inert(traceId.slice(0, 8), 20)}>`;
}

/** Shown in the reader's own time zone. */
function slackTime(time: Date): string {
  return `<!date^${Math.floor(time.getTime() / 1000)}^{date_short_pretty} {time}|${utcMinute(time)}>`;
}
