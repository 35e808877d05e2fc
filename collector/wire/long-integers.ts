// OTLP/JSON allows 64-bit integers as bare numbers. JSON.parse would round them, so long ones are put in quotes first;
// the reader takes integers as text anyway.

const LONG = /[:[,]\s*-?\d{16,}/;
const QUOTE = 34;
const BACKSLASH = 92;

/** The same JSON with every integer of 16 or more digits as a string. Texts are left alone. */
export function quoteLongIntegers(json: string): string {
  if (!LONG.test(json)) return json;
  const parts: string[] = [];
  let copied = 0;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(json, i);
      continue;
    }
    if (code !== 45 && !isDigit(code)) continue;
    const start = i;
    while (i + 1 < json.length && /[\d.eE+-]/.test(json[i + 1] as string)) i++;
    const number = json.slice(start, i + 1);
    if (/^-?\d{16,}$/.test(number)) {
      parts.push(json.slice(copied, start), '"', number, '"');
      copied = i + 1;
    }
  }
  parts.push(json.slice(copied));
  return parts.join('');
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** The index of the quote that ends the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  for (let i = start + 1; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i;
  }
  return json.length;
}
