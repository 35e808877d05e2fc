// A message as plain lines, for the console and for mail. Everything from a span is made inert here.
import type { AlertMessage, AlertTransition, GroupMessage, Message } from './channel.ts';
import { plainText } from './plain-text.ts';

/** A label and its text; `url` when it is a link. */
export interface Line {
  readonly label: string;
  readonly text: string;
  readonly url?: string;
}

export interface Lines {
  readonly title: string;
  readonly lines: readonly Line[];
}

const REPEAT: Line = { label: 'note', text: 'an earlier attempt was not confirmed, so this may be a repeat' };

/** Title and lines of a message. A digest has its own text and is not asked for here. */
export function toLines(message: Exclude<Message, { kind: 'digest' }>): Lines {
  const { title, lines } = formed(message);
  return { title: plainText(title, 200), lines: message.mayRepeat ? [...lines, REPEAT] : lines };
}

function formed(message: Exclude<Message, { kind: 'digest' }>): Lines {
  switch (message.kind) {
    case 'alert':
      return { title: titleOf(message), lines: alertLines(message) };
    case 'group':
      return { title: groupTitle(message), lines: groupLines(message) };
    case 'test':
      return {
        title: `Test of the channel ${message.channelName}`,
        lines: [
          { label: 'note', text: 'Telltale can reach you here; nothing is wrong' },
          { label: 'settings', text: message.url, url: message.url },
        ],
      };
    case 'notice':
      return {
        title: message.title,
        lines: [
          ...message.lines.map((text) => ({ label: 'note', text: plainText(text, 500) })),
          { label: 'see', text: message.url, url: message.url },
        ],
      };
  }
}

const BEFORE: Readonly<Record<AlertTransition, string>> = {
  opened: '',
  grown: 'Growing: ',
  spread: 'Spreading: ',
  reminder: 'Still firing: ',
  reopened: 'Again: ',
  resolved: 'Resolved: ',
};

/** The title, with a prefix for the transition. */
export function titleOf({ transition, title }: AlertMessage): string {
  const before = BEFORE[transition];
  return before + title;
}

function alertLines(message: AlertMessage): Line[] {
  const { resolvedAt, examples, urls, traces } = message;
  const list = (label: string, values: readonly string[]): Line[] =>
    values.length === 0 ? [] : [{ label, text: plainText(someOf(values), 300) }];
  const text = (label: string, value: string, maxChars: number): Line[] =>
    value === '' ? [] : [{ label, text: plainText(value, maxChars) }];
  return [
    { label: 'what', text: plainText(message.measure, 300) },
    ...(traces === null ? [] : [{ label: 'runs', text: String(traces) }]),
    { label: 'agent', text: plainText(message.agent, 100) || '(none)' },
    ...text('step', message.step, 100),
    ...errorLine(message),
    { label: 'since', text: utcMinute(message.firstSeen) },
    ...(resolvedAt === null ? [] : [{ label: 'over since', text: utcMinute(resolvedAt) }]),
    ...(message.agents.length > 1 ? list('agents', message.agents) : []),
    ...list('versions', message.versions),
    ...list('tools', message.tools),
    ...list('models', message.models),
    ...examples.slice(0, 3).map(({ url, headline }) => ({
      label: 'example',
      text: headline === null ? url : `${plainText(headline, 200)} ${url}`,
      url,
    })),
    ...(resolvedAt === null ? [{ label: 'first step', text: plainText(message.firstStep, 300) }] : []),
    { label: 'incident', text: urls.incident, url: urls.incident },
    ...(resolvedAt === null
      ? [
          { label: 'acknowledge', text: urls.acknowledge, url: urls.acknowledge },
          { label: 'mute', text: urls.mute, url: urls.mute },
        ]
      : []),
  ];
}

function errorLine({ errorType, message }: AlertMessage): Line[] {
  const words = [errorType, message].filter((part) => part !== '').map((part) => plainText(part, 300));
  return words.length === 0 ? [] : [{ label: 'error', text: words.join(': ') }];
}

/** How many parts of a group are shown. */
export const TOP = 5;

/** "7 patterns, 3 of them resolved" */
export function groupTitle({ parts }: GroupMessage): string {
  const resolved = parts.filter(({ transition }) => transition === 'resolved').length;
  if (resolved === parts.length) return `${resolved} incidents resolved`;
  return resolved === 0
    ? `${parts.length} incidents at once`
    : `${parts.length} incidents, ${resolved} of them resolved`;
}

function groupLines({ parts, url }: GroupMessage): Line[] {
  return [
    { label: 'what', text: errorsIn(parts) },
    { label: 'since', text: utcMinute(earliest(parts)) },
    ...parts.slice(0, TOP).map((part) => ({
      label: 'incident',
      text: `${plainText(titleOf(part), 200)} (${plainText(part.agent, 100) || 'no agent'}) ${part.urls.incident}`,
      url: part.urls.incident,
    })),
    ...(parts.length > TOP ? [{ label: 'more', text: String(parts.length - TOP) }] : []),
    { label: 'all', text: url, url },
  ];
}

export function errorsIn(parts: readonly AlertMessage[]): string {
  const errors = parts.reduce((sum, { count }) => sum + count, 0);
  return `${errors} errors in ${parts.length} incidents`;
}

export function earliest(parts: readonly AlertMessage[]): Date {
  return new Date(Math.min(...parts.map(({ firstSeen }) => firstSeen.getTime())));
}

/** "a, b, c and 4 more" */
export function someOf(values: readonly string[], most = 5): string {
  const shown = values.slice(0, most).join(', ');
  return values.length > most ? `${shown} and ${values.length - most} more` : shown;
}

/** 2026-03-02 12:00 UTC */
export function utcMinute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
