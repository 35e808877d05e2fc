// A message as mail: subject, text, and HTML that says the same without remote parts.
import type { Message } from './channel.ts';
import { type Line, toLines } from './lines.ts';

export interface MailBody {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export function toMailBody(message: Exclude<Message, { kind: 'digest' }>): MailBody {
  const { title, lines } = toLines(message);
  return {
    subject: `[Telltale] ${title}`,
    text: `${title}\n\n${lines.map(({ label, text }) => `${capital(label)}: ${text}`).join('\n')}\n`,
    html: [
      '<!doctype html><html><head><meta charset="utf-8"></head>',
      '<body style="font: 14px/1.5 system-ui, sans-serif; color: #1b1b18; margin: 16px">',
      `<h1 style="font-size: 18px; margin: 0 0 12px">${escapeHtml(title)}</h1>`,
      `<table style="border-collapse: collapse">${lines.map(row).join('')}</table>`,
      '</body></html>',
    ].join('\n'),
  };
}

function row({ label, text, url }: Line): string {
  const cell = 'style="padding: 2px 16px 2px 0; vertical-align: top';
  return `<tr><td ${cell}; color: #66665f; white-space: nowrap">${capital(label)}</td><td ${cell}">${value(text, url)}</td></tr>`;
}

/** A link is only made of an address of ours, which stands at the end of its text. */
function value(text: string, url: string | undefined): string {
  if (url === undefined || !/^https?:\/\//.test(url) || !text.endsWith(url)) return escapeHtml(text);
  const before = text.slice(0, text.length - url.length);
  return `${escapeHtml(before)}<a href="${escapeHtml(url)}">${escapeHtml(url)}</a>`;
}

const capital = (label: string) => label.charAt(0).toUpperCase() + label.slice(1);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => ENTITIES[char] as string);
