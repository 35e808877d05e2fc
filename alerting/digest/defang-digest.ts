// A digest as it is mailed: its texts come from spans, and no mail client may make links of them. Pure.
import type { Digest, DigestItem, DigestSection } from '#contracts/digest';
import { defang } from '../deliver/defang.ts';

/** Paths stay: they lead into this Telltale, and are the only links of a mail. */
export function defangDigest(digest: Digest): Digest {
  return {
    ...digest,
    subject: defang(digest.subject),
    kicker: defang(digest.kicker),
    headline: defang(digest.headline),
    sections: digest.sections.map(section),
    foot: digest.foot.map(defang),
  };
}

const section = ({ title, note, items, more, ...rest }: DigestSection): DigestSection => ({
  ...rest,
  title: defang(title),
  note: defang(note),
  items: items.map(item),
  more: more === null ? null : { ...more, text: defang(more.text) },
});

function item(one: DigestItem): DigestItem {
  switch (one.kind) {
    case 'figure': {
      const beside = one.beside === null ? null : defang(one.beside);
      return { ...one, name: defang(one.name), value: defang(one.value), beside };
    }
    case 'line': {
      const text = one.text === null ? null : defang(one.text);
      return { ...one, title: defang(one.title), facts: one.facts.map(defang), text };
    }
    case 'decision':
      return { ...one, title: defang(one.title), facts: one.facts.map(defang) };
  }
}
