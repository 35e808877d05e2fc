// A digest as the HTML of a mail: no picture, no script, nothing from elsewhere. Pure.
import type { Digest, DigestItem, DigestSection } from '#contracts/digest';
import { footLinks, linkTo, type MailLinks } from './mail-links.ts';
import { BARS, button, decision, entry, figure, heading, more, page, smallPrint, table, top } from './markup.ts';
import { dayPath, needed, sureness } from './render-text.ts';

export function renderHtml(digest: Digest, links: MailLinks): string {
  const rows = [
    top(digest.kicker, digest.headline, links.lateNote),
    ...digest.sections.map((section) => sectionHtml(section, links)),
    button('Open the day in Telltale', linkTo(links, dayPath(digest))),
    smallPrint(digest.foot, footLinks(links)),
  ];
  return page(digest.subject, previewOf(digest), rows.join('\n'));
}

/** The first lines, for the list of mails. */
const previewOf = ({ sections }: Digest): string =>
  (sections[0]?.items ?? [])
    .slice(0, 2)
    .map((item) => (item.kind === 'figure' ? `${item.name} ${item.value}` : item.title))
    .join('. ');

function sectionHtml({ title, note, items, more: left }: DigestSection, links: MailLinks): string {
  const rows = items.map((item) => itemHtml(item, links));
  const isTable = items.every(({ kind }) => kind !== 'line');
  return [
    title === '' ? '<tr><td style="font-size:0;line-height:0;height:18px">&nbsp;</td></tr>' : heading(title, note),
    isTable ? table(rows.join('')) : rows.join('\n'),
    ...(left === null ? [] : [more(left.text, linkTo(links, left.path))]),
  ].join('\n');
}

function itemHtml(item: DigestItem, links: MailLinks): string {
  const url = linkTo(links, item.path);
  switch (item.kind) {
    case 'line':
      return entry(BARS[item.tone], item.title, url, item.facts.join(' · '), item.text ?? '');
    case 'figure':
      return figure(item.name, url, item.value, item.beside ?? '', item.isWorse);
    case 'decision':
      return decision(item.title, url, item.facts.join(' · '), [sureness(item), needed(item)], item);
  }
}
