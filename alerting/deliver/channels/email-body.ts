// A message as mail: subject, text, and HTML that says the same without remote parts.
import { defang } from '../defang.ts';
import type { Message } from './channel.ts';
import { type Line, toLines } from './lines.ts';

export interface MailBody {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Subject, text and HTML; nothing that comes from a span is a link, or becomes one in a mail client. */
export function toMailBody(message: Exclude<Message, { kind: 'digest' }>): MailBody {
  const plain = toLines(message);
  const title = defang(plain.title);
  const lines = plain.lines.map(inert);
  return {
    subject: `[Telltale] ${title}`,
    text: `${title}\n\n${lines.map(({ label, text, url = '' }) => `${capital(label)}: ${text}${url}`).join('\n')}\n`,
    html: [
      '<!doctype html><html><head><meta charset="utf-8"><meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no"></head>',
      '<body style="font: 14px/1.5 system-ui, sans-serif; color: #1b1b18; margin: 16px">',
      `<h1 style="font-size: 18px; margin: 0 0 12px">${escapeHtml(title)}</h1>`,
      `<table style="border-collapse: collapse">${lines.map(row).join('')}</table>`,
      '</body></html>',
    ].join('\n'),
  };
}

function row(line: Line): string {
  const cell = 'style="padding: 2px 16px 2px 0; vertical-align: top';
  return `<tr><td ${cell}; color: #66665f; white-space: nowrap">${capital(line.label)}</td><td ${cell}">${value(line)}</td></tr>`;
}

/** A line without Telltale's own address at its end; that is the only link it has. */
function inert({ label, text, url }: Line): Line {
  if (url === undefined || !/^https?:\/\//.test(url) || !text.endsWith(url)) return { label, text: defang(text) };
  return { label, text: defang(text.slice(0, text.length - url.length)), url };
}

function value({ text, url }: Line): string {
  const before = escapeHtml(text);
  return url === undefined ? before : `${before}<a href="${escapeHtml(url)}">${escapeHtml(url)}</a>`;
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
