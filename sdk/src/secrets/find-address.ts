// Secrets in addresses: `://user:password@`, a token in place of the user, and webhooks whose path is the secret.
import { hasAt, isDigit, isToken, latin1, runEnd } from './bytes.ts';
import { PLAIN, type Take } from './found.ts';
import { isNoQuoted, looksMade } from './looks.ts';

const MAX_USER_INFO = 512;
const MAX_HOST = 100;
const ENDS_AUTHORITY = new Uint8Array(256);
for (const char of '/\\"\'<>()?#`{}|,;\0') ENDS_AUTHORITY[char.charCodeAt(0)] = 1;

/** Whoever knows the path may post: the end of the host, and how the path begins. */
const WEBHOOKS: readonly (readonly [host: string, path: string, kind: string])[] = [
  ['hooks.slack.com', '/services/', 'slack'],
  ['hooks.slack.com', '/workflows/', 'slack'],
  ['hooks.slack.com', '/triggers/', 'slack'],
  ['discord.com', '/api/webhooks/', 'discord'],
  ['discordapp.com', '/api/webhooks/', 'discord'],
  ['webhook.office.com', '/webhookb2/', 'teams'],
  ['outlook.office.com', '/webhook/', 'teams'],
  ['hooks.zapier.com', '/hooks/catch/', 'zapier'],
  ['hook.make.com', '/', 'make'],
  ['open.feishu.cn', '/open-apis/bot/v2/hook/', 'feishu'],
];

/** Reports what is secret in the address whose `://` is at `at`. @returns where to continue */
export function findInAddress(bytes: Uint8Array, at: number, start: number, end: number, take: Take): number {
  const from = at + 3;
  const limit = Math.min(end, from + MAX_USER_INFO);
  let colon = -1;
  let last = -1;
  let i = from;
  for (; i < limit; i++) {
    const byte = bytes[i] as number;
    if (byte === 0x3a && colon < 0) colon = i;
    else if (byte === 0x40) last = i;
    else if (byte <= 0x20 || ENDS_AUTHORITY[byte] === 1) break;
  }
  if (last < 0) return i - from <= MAX_HOST && bytes[i] === 0x2f ? webhook(bytes, from, i, end, take) : from;
  // A password may hold an @: the host follows the last one.
  const [first, kind] = colon >= 0 && colon < last ? [colon + 1, 'password'] : [from, 'token'];
  if (first >= last || isNoQuoted(bytes, first, last)) return last;
  if (kind === 'token' && !(last - first >= 16 && looksMade(bytes, first, last))) return last;
  take(bytes, kind, first, last, PLAIN);
  return Math.max(last, start);
}

function webhook(bytes: Uint8Array, from: number, hostEnd: number, end: number, take: Take): number {
  for (const [host, path, kind] of WEBHOOKS) {
    // Nearly every path begins otherwise.
    if (bytes[hostEnd + 1] !== path.charCodeAt(1) && path.length > 1) continue;
    const at = hostEnd - host.length;
    if (at < from || !hasAt(bytes, at, host, from, hostEnd) || !hasAt(bytes, hostEnd, path, from, end)) continue;
    if (at > from && bytes[at - 1] !== 0x2e) continue;
    const secret = hostEnd + path.length;
    const stop = runEnd(bytes, secret, end, (byte) => byte === 0x2f || byte === 0x40 || byte === 0x2e || isToken(byte));
    if (stop - secret < 16 || !hasAnyDigit(bytes, secret, stop)) continue;
    take(bytes, kind, secret, stop, PLAIN);
    return stop;
  }
  return hostEnd;
}

const hasAnyDigit = (bytes: Uint8Array, from: number, to: number) =>
  runEnd(bytes, from, to, (byte) => !isDigit(byte)) < to && latin1(bytes, from, Math.min(to, from + 9)) !== '[redacted';
