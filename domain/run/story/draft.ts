// A draft of a sentence: words of the template, untrusted text, and places where the subject goes. Pure.
import type { SummarySentence, SummaryWords } from '#contracts/summary';

/** Who acts, written as a name or as "it" once the sentences are in order. */
export interface Subject {
  readonly subject: 'it';
}
export const it: Subject = { subject: 'it' };
export type Piece = SummaryWords | Subject;

export interface Draft {
  readonly pieces: readonly Piece[];
  readonly spanIds: readonly string[];
  readonly isError?: boolean;
  /** The sentences of most weight are chosen when not all fit. */
  readonly weight: number;
  /** When it happened, ms since the run's start, for the order of the sentences. */
  readonly atMs: number;
}

/** Words of the template; a string in `${…}` is untrusted text, nested pieces stay what they are. */
export function say(ours: TemplateStringsArray, ...theirs: readonly (string | Subject | readonly Piece[])[]): Piece[] {
  return ours.flatMap((text, i): Piece[] => {
    const next = theirs[i];
    const own = text === '' ? [] : [plain(text)];
    if (next === undefined) return own;
    if (typeof next === 'string') return [...own, { text: next, isTold: true }];
    return 'subject' in next ? [...own, next] : [...own, ...next];
  });
}

export const plain = (text: string): SummaryWords => ({ text, isTold: false });

/** Untrusted text in quotation marks; quotation marks within become single ones. */
export function quoted(text: string): SummaryWords[] {
  return [plain('“'), { text: text.replace(/[“”"]/g, '’'), isTold: true }, plain('”')];
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly (readonly Piece[])[]): Piece[] {
  return items.flatMap((item, i) => {
    const join = i === 0 ? '' : i === items.length - 1 ? ' and ' : ', ';
    return join === '' ? [...item] : [plain(join), ...item];
  });
}

/** The finished sentences: the subject named where it is not clear who "it" is, each begun with a capital. */
export function finish(drafts: readonly Draft[], who: string): SummarySentence[] {
  let isClear = false;
  return drafts.map(({ pieces, spanIds, isError = false }) => {
    const first = pieces[0];
    const words: SummaryWords[] = [];
    let isNamed = false;
    for (const [i, piece] of pieces.entries()) {
      if (!('subject' in piece)) words.push(piece);
      else if (isNamed || (isClear && i === 0)) words.push(plain(i === 0 ? 'It' : 'it'));
      else words.push({ text: who, isTold: true });
      if ('subject' in piece) isNamed = true;
    }
    isClear = first !== undefined && 'subject' in first;
    return { words: merge(words), spanIds: [...new Set(spanIds)], isError };
  });
}

function merge(words: readonly SummaryWords[]): SummaryWords[] {
  const merged: SummaryWords[] = [];
  for (const { text, isTold } of words) {
    const last = merged.at(-1);
    if (last !== undefined && !last.isTold && !isTold) merged[merged.length - 1] = plain(last.text + text);
    else if (text !== '') merged.push({ text, isTold });
  }
  return merged;
}
