// What is left of JSON that was cut (redact/cut-long.ts): the elements that are complete before the cut. Tables read it
// when the text as a whole is no longer JSON.

/** How the note of a cut begins (redact/cut-long.ts). */
const NOTE = '…[telltale: ';
/** Deeper JSON is not put together again. */
const MAX_DEPTH = 64;

/**
 * The value of JSON text as far as it is complete before the cut: lists and objects end after their last whole element.
 * undefined when the text was not cut, or nothing whole is left. Linear in the text.
 */
export function parseCutJson(text: string): unknown {
  const cut = text.indexOf(NOTE);
  if (cut < 0) return undefined;
  const whole = wholePart(text, cut);
  if (whole === null) return undefined;
  try {
    return JSON.parse(whole);
  } catch {
    return undefined;
  }
}

/** The text up to the last comma, or opening, outside of strings before `end`, with what is open closed. */
function wholePart(text: string, end: number): string | null {
  const open: string[] = [];
  /** Where the last whole element ends, and what is open there. */
  let keep = 0;
  let closers = '';
  for (let i = 0; i < end; i++) {
    const char = text[i] as string;
    if (char === '"') {
      i = stringEnd(text, i, end);
      continue;
    }
    if (char === '{' || char === '[') {
      if (open.length === MAX_DEPTH) break;
      open.push(char === '{' ? '}' : ']');
      keep = i + 1;
    } else if (char === '}' || char === ']') {
      if (open.pop() !== char) return null;
      keep = i + 1;
    } else if (char === ',') keep = i;
    else continue;
    if (open.length === 0) break;
    closers = '';
    for (let at = open.length - 1; at >= 0; at--) closers += open[at];
  }
  return keep === 0 ? null : text.slice(0, keep) + (open.length === 0 ? '' : closers);
}

/** The index of the quote that closes the string opened at `at`; `end` when it is cut off. */
function stringEnd(text: string, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return end;
}
