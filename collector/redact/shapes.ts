// The shapes of known secrets, each looked for around the byte that is its sign.
import { beginsAt, hasAt, hasDigit, isBase64, isToken, isWord, runEnd } from './bytes.ts';
import type { Found } from './find-secrets.ts';

function set(found: Found, kind: string, start: number, end: number): true {
  found.kind = kind;
  found.start = start;
  found.end = end;
  return true;
}

/** A prefix that ends at `at`, then at least `least` token bytes, a digit among them: names have none. */
function prefixed(
  bytes: Buffer,
  prefix: string,
  at: number,
  least: number,
  kind: string,
  start: number,
  end: number,
  found: Found,
): boolean {
  const from = at + 1 - prefix.length;
  if (!hasAt(bytes, from, prefix, start, end) || !beginsAt(bytes, from, start)) return false;
  const stop = runEnd(bytes, at + 1, end, isToken);
  if (stop - at - 1 < least || !hasDigit(bytes, at + 1, stop)) return false;
  return set(found, kind, from, stop);
}

export function atDash(bytes: Buffer, at: number, start: number, end: number, found: Found): boolean {
  const before = at > start ? bytes[at - 1] : 0;
  if (before === 0x6b) return prefixed(bytes, 'sk-', at, 16, 'apikey', start, end, found); // k
  if (before === 0x74) return prefixed(bytes, 'glpat-', at, 16, 'gitlab', start, end, found); // t
  if (before === 0x2d || bytes[at + 1] === 0x2d) return atPem(bytes, at, start, end, found);
  if (bytes[at - 2] !== 0x78) return false; // x
  return prefixed(bytes, `xox${String.fromCharCode(before as number)}-`, at, 10, 'slack', start, end, found);
}

const MAX_PEM_BYTES = 16 * 1024;

function atPem(bytes: Buffer, at: number, start: number, end: number, found: Found): boolean {
  if (!hasAt(bytes, at, '-----BEGIN ', start, end)) return false;
  const head = bytes.toString('latin1', at, Math.min(end, at + 80));
  const opening = /^-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/.exec(head);
  if (opening === null) return false;
  const limit = Math.min(end, at + MAX_PEM_BYTES);
  for (let i = at + opening[0].length; i < limit; i++) {
    const byte = bytes[i] as number;
    if (byte === 0x2d && hasAt(bytes, i, '-----END ', start, end)) {
      const tail = /^-----END [A-Z0-9 ]{0,40}-----/.exec(bytes.toString('latin1', i, Math.min(end, i + 80)));
      return set(found, 'pem', at, i + (tail?.[0].length ?? 9));
    }
    // A key that was cut off ends where its text ends.
    if (byte > 127 || byte === 0x22) return set(found, 'pem', at, i);
  }
  return set(found, 'pem', at, charEnd(bytes, limit, end));
}

/** `limit`, moved behind the character it stands in. */
function charEnd(bytes: Buffer, limit: number, end: number): number {
  let i = limit;
  while (i < end && ((bytes[i] as number) & 0xc0) === 0x80) i++;
  return i;
}

const UNDERSCORED: readonly (readonly [prefix: string, least: number, kind: string])[] = [
  ['ghp_', 30, 'github'],
  ['gho_', 30, 'github'],
  ['ghu_', 30, 'github'],
  ['ghs_', 30, 'github'],
  ['ghr_', 30, 'github'],
  ['github_pat_', 30, 'github'],
  ['hf_', 30, 'huggingface'],
  ['npm_', 30, 'npm'],
  ['sk_live_', 16, 'stripe'],
  ['rk_live_', 16, 'stripe'],
];

export function atUnderscore(bytes: Buffer, at: number, start: number, end: number, found: Found): boolean {
  const before = at - 1 >= start ? (bytes[at - 1] as number) : 0;
  const second = at - 2 >= start ? (bytes[at - 2] as number) : 0;
  if (second !== 0x68 && second !== 0x61 && second !== 0x70 && second !== 0x76) return false; // h, a, p, v
  for (const [prefix, least, kind] of UNDERSCORED) {
    const { length } = prefix;
    if (before !== prefix.charCodeAt(length - 2) || second !== prefix.charCodeAt(length - 3)) continue;
    if (prefixed(bytes, prefix, at, least, kind, start, end, found)) return true;
  }
  return false;
}

const MAX_USER_INFO_BYTES = 512;
const ENDS_AUTHORITY = new Uint8Array(256);
for (const char of '/\\"\'<>()?#') ENDS_AUTHORITY[char.charCodeAt(0)] = 1;

/** `://user:password@`, and the path of Slack's incoming webhooks. */
export function atColon(bytes: Buffer, at: number, start: number, end: number, found: Found): boolean {
  if (bytes[at + 1] !== 0x2f || bytes[at + 2] !== 0x2f || at + 3 >= end) return false;
  const from = at + 3;
  if (hasAt(bytes, from, 'hooks.slack.com/services/', start, end)) {
    const path = from + 'hooks.slack.com/services/'.length;
    const stop = runEnd(bytes, path, end, (byte) => byte === 0x2f || isWord(byte));
    return stop - path >= 16 && set(found, 'slack', path, stop);
  }
  let colon = -1;
  const limit = Math.min(end, from + MAX_USER_INFO_BYTES);
  for (let i = from; i < limit; i++) {
    const byte = bytes[i] as number;
    if (byte === 0x3a && colon < 0) colon = i;
    else if (byte === 0x40) return colon >= 0 && i > colon + 1 && set(found, 'password', colon + 1, i);
    else if (byte <= 0x20 || ENDS_AUTHORITY[byte] === 1) return false;
  }
  return false;
}

/** header.payload.signature, in base64url; the signature may be empty. */
export function atJwt(bytes: Buffer, at: number, start: number, end: number, found: Found): boolean {
  if (!hasAt(bytes, at - 2, 'eyJ', start, end) || !beginsAt(bytes, at - 2, start)) return false;
  const header = runEnd(bytes, at, end, isToken);
  if (header - at < 8 || header >= end || bytes[header] !== 0x2e) return false;
  const payload = runEnd(bytes, header + 1, end, isToken);
  if (payload - header < 9 || payload >= end || bytes[payload] !== 0x2e) return false;
  return set(found, 'jwt', at - 2, runEnd(bytes, payload + 1, end, isToken));
}

export function atCapitalI(bytes: Buffer, at: number, start: number, end: number, found: Found): boolean {
  const next = at + 1 < end ? bytes[at + 1] : 0;
  if (next === 0x41 && (hasAt(bytes, at - 2, 'AKIA', start, end) || hasAt(bytes, at - 2, 'ASIA', start, end))) {
    const stop = runEnd(bytes, at + 2, end, isWord);
    return stop - at - 2 === 16 && beginsAt(bytes, at - 2, start) && set(found, 'aws', at - 2, stop);
  }
  if (next === 0x7a && hasAt(bytes, at - 1, 'AIza', start, end) && beginsAt(bytes, at - 1, start)) {
    const stop = runEnd(bytes, at + 3, end, isToken);
    return stop - at - 3 >= 35 && set(found, 'google', at - 1, stop);
  }
  return false;
}

export function atBearer(bytes: Buffer, at: number, start: number, end: number, found: Found): boolean {
  if (((bytes[at + 1] as number) | 0x20) !== 0x65 || at + 8 > end || !beginsAt(bytes, at, start)) return false;
  if (bytes.toString('latin1', at, at + 7).toLowerCase() !== 'bearer ') return false;
  const from = runEnd(bytes, at + 7, end, (byte) => byte === 0x20);
  const stop = runEnd(bytes, from, end, isBase64);
  if (stop - from < 16 || !hasDigit(bytes, from, stop)) return false;
  return set(found, 'bearer', from, stop);
}
