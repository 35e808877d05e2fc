// Other ways to say which messages are the same, to measure ours against. Each gets the same agent, step and type.
// They stand for what products do (docs/decisions/0052); none is a copy of one.

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,253}/g, '<email>'],
  [/[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>]{1,500}/gi, '<url>'],
  [/"[^"]{0,2000}"|'[^']{0,2000}'|`[^`]{0,2000}`/g, '<quoted>'],
  [/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi, '<id>'],
  [/(?<![\w.@~-])[\w.@~-]{0,100}\/[\w.@~/-]{0,2000}/g, '<path>'],
  [/(?<![\w-])(?=[\w-]{0,99}\d)[\w-]{1,100}/g, '<n>'],
];

/** Every number, id, address, path and quotation masked, whatever it says. */
function everythingMasked(message: string): string {
  let text = message.slice(0, 2000);
  for (const [pattern, mask] of MASKS) text = text.replace(pattern, mask);
  return text.replace(/\s+/g, ' ').trim();
}

/** Only the words: no digits, no punctuation, nothing in quotes or brackets. */
function wordsOnly(message: string): string {
  const text = message.slice(0, 2000).replace(/"[^"]{0,2000}"|'[^']{0,2000}'|`[^`]{0,2000}`|\([^)]{0,2000}\)/g, ' ');
  return text
    .split(/[\s\p{P}\p{S}]+/u)
    .filter((word) => /^\p{L}+$/u.test(word))
    .join(' ');
}

export const baselines: Readonly<Record<string, (message: string) => string>> = {
  'exact message': (message) => message,
  'everything masked': everythingMasked,
  'word tokens only': wordsOnly,
};
