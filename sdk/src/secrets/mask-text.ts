// Secrets of a text replaced by a mask, for texts that are shown or written. The collector masks bytes in place instead
// (collector/redact), by the same rules.
import { findSecrets } from './find-secrets.ts';
import { DIGITS } from './found.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text with every secret in it replaced by `mask`. */
export function maskText(text: string, mask: string): string {
  const bytes = encoder.encode(text);
  const ranges: [start: number, end: number, quoting: number][] = [];
  findSecrets(bytes, 0, bytes.length, (_bytes, _kind, start, end, quoting) => ranges.push([start, end, quoting]));
  if (ranges.length === 0) return text;
  ranges.sort(([a, aEnd], [b, bEnd]) => a - b || bEnd - aEnd);
  let masked = '';
  let at = 0;
  for (const [start, end, quoting] of ranges) {
    if (end <= at) continue;
    if (start >= at) masked += decoder.decode(bytes.subarray(at, start)) + maskOf(mask, quoting);
    at = end;
  }
  return masked + decoder.decode(bytes.subarray(at));
}

/** The mask of a JSON number is a JSON string of the same nesting level. */
function maskOf(mask: string, quoting: number): string {
  if (quoting === DIGITS) return '0';
  const quote = quoting < 0 ? '' : `${'\\'.repeat(quoting)}"`;
  return quote + mask + quote;
}
