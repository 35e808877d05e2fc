// A normalized message in parts: what is the same each time, and words for what was masked. Pure.

export interface TemplatePart {
  readonly text: string;
  /** A placeholder for something that varies. */
  readonly isMasked: boolean;
}

const WORDS: Readonly<Record<string, string>> = {
  n: 'number',
  id: 'id',
  time: 'time',
  email: 'email',
  ip: 'address',
  path: 'path',
  text: 'text',
  blob: 'data',
  url: 'url',
  '*': 'varies',
};
const MASK = /<(n|id|time|email|ip|path|text|blob|\*|url(?: [\w.#-]{1,253})?)>/g;

/** The parts in order; together they are the whole template. */
export function templateParts(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (const match of template.matchAll(MASK)) {
    if (match.index > at) parts.push({ text: template.slice(at, match.index), isMasked: false });
    const [kind = '', host] = (match[1] as string).split(' ');
    parts.push({ text: host === undefined ? (WORDS[kind] as string) : `url at ${host}`, isMasked: true });
    at = match.index + match[0].length;
  }
  if (at < template.length) parts.push({ text: template.slice(at), isMasked: false });
  return parts;
}
