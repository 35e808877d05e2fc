// Text in Slack's mark-up, with everything that came from a span made inert.
import { plainText } from './plain-text.ts';

// Slack refuses the whole message when one text is longer: headers 150, sections 3,000, fields 2,000 characters.
export const HEADER_MAX_CHARS = 150;
export const SECTION_MAX_CHARS = 3000;
const FIELD_MAX_CHARS = 2000;

/** Text that Slack shows as it is: mentions, links, entities and code fences lose their meaning. Fits after escaping. */
export function inert(original: string, maxChars: number): string {
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

export const header = (text: string) =>
  ({ type: 'header', text: { type: 'plain_text', text: inert(text, HEADER_MAX_CHARS) || '(no title)' } }) as const;
/** @param text in mark-up, made of inert parts, at most 3,000 characters */
export const section = (text: string) => ({ type: 'section', text: mrkdwn(text) }) as const;

/** Names with values, side by side; empty values are left out. At most ten, Slack's bound. */
export function fields(values: readonly (readonly [string, string])[]) {
  const shown = values
    .filter(([, value]) => value !== '')
    .map(([name, value]) => mrkdwn(`*${name}*\n${inert(value, FIELD_MAX_CHARS - 100)}`));
  return shown.length === 0 ? [] : [{ type: 'section', fields: shown.slice(0, 10) } as const];
}

export function link(url: string, text: string): string {
  const target = url.replace(/[<>|\s]/g, (char) => encodeURIComponent(char)).replaceAll('&', '&amp;');
  return `<${target}|${inert(text, 100)}>`;
}

/** Shown in the reader's own time zone; readers of old clients see UTC. */
export function slackTime(time: Date): string {
  const utc = `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!date^${Math.floor(time.getTime() / 1000)}^{date_short_pretty} {time}|${utc}>`;
}
