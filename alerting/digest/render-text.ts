// A digest as plain text: the same content as the HTML, line by line. Pure.
import type { Digest, DigestItem, DigestSection } from '#contracts/digest';
import { formatShare } from '#domain/format';
import { footLinks, linkTo, type MailLinks } from './mail-links.ts';

/** Ends with a line end. */
export function renderText(digest: Digest, links: MailLinks): string {
  const top = [digest.kicker, digest.headline, ...(links.lateNote === null ? [] : [links.lateNote])];
  const parts = [
    top.join('\n'),
    ...digest.sections.map((section) => sectionText(section, links)),
    `Open the day in Telltale\n${linkTo(links, dayPath(digest))}`,
    ['--', ...digest.foot, ...footLinks(links).map(({ text, url }) => `${text}: ${url}`)].join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

export const dayPath = ({ date, form, timeZone }: Digest): string =>
  `/digests/${date}?${new URLSearchParams({ form, timeZone })}`;

function sectionText({ title, note, items, more }: DigestSection, links: MailLinks): string {
  const heading = title === '' ? [] : [note === '' ? title.toUpperCase() : `${title.toUpperCase()} ${note}`];
  const left = more === null ? [] : [`${more.text}\n  ${linkTo(links, more.path)}`];
  return [...heading, ...items.map((item) => itemText(item, links)), ...left].join('\n');
}

function itemText(item: DigestItem, links: MailLinks): string {
  const link = `  ${linkTo(links, item.path)}`;
  if (item.kind === 'figure') {
    return [`- ${item.name}: ${item.value}${item.beside === null ? '' : `, ${item.beside}`}`, link].join('\n');
  }
  const facts = item.facts.length === 0 ? [] : [`  ${item.facts.join(' · ')}`];
  const rest =
    item.kind === 'decision' ? [`  ${sureness(item)} ${needed(item)}`] : item.text === null ? [] : [`  ${item.text}`];
  return [`- ${item.title}`, ...facts, ...rest, link].join('\n');
}

type Decision = Extract<DigestItem, { kind: 'decision' }>;
/** `0.46`, and `of 0.70 needed`. */
export const sureness = ({ confidence, threshold }: Decision): string => formatShare(confidence, threshold);
export const needed = ({ confidence, threshold }: Decision): string =>
  `of ${formatShare(threshold, confidence)} needed`;
