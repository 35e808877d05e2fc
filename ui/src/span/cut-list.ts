// A long list that was cut for storage (…[telltale: N bytes cut to M; …]…) is no longer JSON. This finds its complete
// elements before and after the cut, and how much is missing.

export interface CutList {
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
  /** The note itself, for the reader. */
  readonly note: string;
}

const NOTE = /…\[telltale: \d+ bytes cut to \d+; sha256 [0-9a-f]{8,64}\]…/;
/** Places in the tail at which an element may begin; more are not tried. */
const MAX_TRIES = 200;

/** null when the text is no list that was cut. */
export function cutListOf(text: string): CutList | null {
  const note = NOTE.exec(text);
  if (note === null || !/^\s*\[/.test(text)) return null;
  const { list, open } = elementsBefore(text, note.index);
  return { before: list, after: open ? elementsAfter(text.slice(note.index + note[0].length)) : [], note: note[0] };
}

/** The whole elements of the list before `end`. `open`: the list had not ended there. */
function elementsBefore(text: string, end: number): { list: unknown[]; open: boolean } {
  const list: unknown[] = [];
  let depth = 0;
  let from = text.indexOf('[') + 1;
  for (let i = from; i < end; i++) {
    const char = text[i];
    if (char === '"') i = stringEnd(text, i, end);
    else if (char === '{' || char === '[') depth++;
    else if ((char === ',' && depth === 0) || (char === ']' && depth === 0)) {
      const value = parse(text.slice(from, i));
      if (value === undefined) return { list, open: false };
      list.push(value);
      from = i + 1;
      if (char === ']') return { list, open: false };
    } else if (char === '}' || char === ']') depth--;
  }
  return { list, open: true };
}

function stringEnd(text: string, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return end;
}

/** The longest run of whole elements that ends the list. */
function elementsAfter(tail: string): unknown[] {
  let at = tail.indexOf('{');
  for (let tries = 0; at >= 0 && tries < MAX_TRIES; tries++) {
    const list = parse(`[${tail.slice(at)}`);
    if (Array.isArray(list)) return list;
    at = tail.indexOf('{', at + 1);
  }
  return [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
