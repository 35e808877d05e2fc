// JSON text laid out and colored without parsing it into values: 12345678901234567890 and repeated keys stay as sent.

export interface JsonToken {
  readonly text: string;
  readonly is: 'mark' | 'key' | 'string' | 'literal';
}

/** Longer texts are shown as they are: laying them out would hold up the page. */
const LONGEST = 200_000;

/** Whether a text is a JSON object or array. */
export function isJson(text: string): boolean {
  const first = text.trimStart()[0];
  if (text.length > LONGEST || (first !== '{' && first !== '[')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/** The tokens of a JSON text with new lines and two-space indents between them. Give it only what `isJson` accepts. */
export function jsonTokens(text: string): JsonToken[] {
  const words = text.match(TOKEN) ?? [];
  const out: JsonToken[] = [];
  let depth = 0;
  const put = (word: string, is: JsonToken['is']) => out.push({ text: word, is });
  const newLine = () => put(`\n${'  '.repeat(depth)}`, 'mark');
  words.forEach((word, i) => {
    const isEmpty = words[i + 1] === '}' || words[i + 1] === ']';
    if (word === '{' || word === '[') {
      put(word, 'mark');
      depth++;
      if (!isEmpty) newLine();
    } else if (word === '}' || word === ']') {
      depth--;
      if (words[i - 1] !== '{' && words[i - 1] !== '[') newLine();
      put(word, 'mark');
    } else if (word === ',') {
      put(word, 'mark');
      newLine();
    } else if (word === ':') put(': ', 'mark');
    else if (word.startsWith('"')) put(word, words[i + 1] === ':' ? 'key' : 'string');
    else put(word, 'literal');
  });
  return out;
}

/** The laid-out text, to copy. */
export const jsonText = (text: string): string =>
  jsonTokens(text)
    .map((token) => token.text)
    .join('');
