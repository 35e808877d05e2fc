// What varies between occurrences of one error, and what replaces it in the template. Every pattern is bounded, so that
// it takes linear time on the 2,000 characters it sees.
import { AT, BACKSLASH, COLON, DASH, DIGIT, DOT, JOINER, QUOTE, SLASH, STAR, WIDE } from './traits.ts';

/**
 * Three labels or more, the last a public one, but none that code ends with too (`order.items.at`). Names inside a cluster
 * (`orders.prod.svc`) say with their first label who it is.
 */
const HOST =
  /(?<![\w.@-])(?:[a-z0-9-]{1,63}\.){2,8}(?:com|net|org|io|dev|ai|cloud|biz|de|fr|uk|eu|nl|ch|jp|cn|kr|br|ca|au)\b(?![\w-]|\.\w)/gi;

type Mask = readonly [needs: number, RegExp, string | ((match: string) => string)];

// In this order: the longer, more specific forms first.
export const MASKS: readonly Mask[] = [
  [AT, /\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\b/g, '<email>'],
  [COLON | SLASH, /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>)\]}]{1,500}/gi, maskUrl],
  [COLON, /\barn:[\w-]{1,30}:[\w-]{1,40}:[^\s"'`]{1,600}/gi, '<arn>'],
  // Before ids and times, which would leave pieces of a path.
  [SLASH, /(?<![\p{L}\p{N}_<>/])(?:~|\.{1,2})?(?:\/[\p{L}\p{N}_.@+-]{1,100}){2,20}\/?(?::\d{1,6}){0,2}/gu, '<path>'],
  [DOT, HOST, maskHost],
  // Of a key only the ends are shown: `sk-ab12****************f7Qz`.
  [STAR, /[\w-]{0,40}\*{3,200}[\w-]{0,40}/g, '<id>'],
  // gRPC lists where the time went.
  [DIGIT, /\bDeadline exceeded after [^"\n]{1,600}/g, 'Deadline exceeded after <n>'],
  [DASH, /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [DASH, /\b[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b/g, '<id>'],
  [DASH | DIGIT, /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?)?(?:Z\b|[+-]\d\d:?\d\d\b)?/g, '<time>'],
  [
    DIGIT,
    /\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} \d{1,2}),? \d{4}\b/g,
    '<time>',
  ],
  [COLON | DIGIT, /\b\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:UTC|GMT|Z|AM|PM)\b)?/g, '<time>'],
  [
    0,
    /\b((?:request|trace|session|correlation|ray|run|thread|conversation)[ _-]?id)\W{1,3}[\w:-]{4,80}/gi,
    (match) => `${/^[a-z]{3,12}/i.exec(match)?.[0]} id <id>`,
  ],
  [
    JOINER,
    /\b(?:req|org|proj|call|run|msg|toolu|chatcmpl|resp|cus|ws|sess|session|thread|asst|file|batch|order|ord|txn|pay|user|usr|acct|inv|ch|pi|sub|evt|job|task|key|sk|pk)[_-](?:(?=[\w-]{0,64}\d)[\w-]{4,80}|(?=[A-Za-z]{0,64}[a-z])(?=[a-z]{0,64}[A-Z])[A-Za-z]{8,64})/gi,
    maskProviderId,
  ],
  [DOT | DIGIT, /\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b/g, '<ip>'],
  [
    COLON,
    /\[?(?:\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}|(?:\b[0-9a-f]{1,4})?::[0-9a-f]{1,4})\b\]?(?::\d{1,5}\b)?/gi,
    '<ip>',
  ],
  [BACKSLASH | COLON, /\b[A-Za-z]:(?:\\[\w.@+ -]{1,100}){1,20}/g, '<path>'],
  [DIGIT, /\b0x[0-9a-f]{1,64}\b/gi, '<id>'],
  [DIGIT, /\b(?=[0-9a-f]{0,63}\d)(?=\d{0,63}[a-f])[0-9a-f]{8,128}\b/gi, '<id>'],
  // The text that could not be read follows the place a parser names, or is at the end. `Missing variable: "HOME"` is a name.
  [QUOTE, /\bnear (?:"[^"]{0,600}"{1,2}|'[^']{0,600}'{1,2})/g, 'near <text>'],
  [
    QUOTE | COLON,
    /(\b(?:invalid|malformed|convert|parse|decode|literal|expected|unexpected)\b[^"'\n]{0,120}: )(?:"[^"\n\ue000-\uf8ff]{1,600}"|'[^'\n\ue000-\uf8ff]{1,600}')(?=[.!]?\s{0,20}$)/gi,
    (match) => `${match.slice(0, /["']/.exec(match)?.index)}<text>`,
  ],
  [QUOTE, /(?<!\w)"[^"\n]{1,600}"(?!\w)|(?<!\w)'[^'\n]{1,600}'(?!\w)|`[^`\n]{1,600}`/g, maskQuoted],
  [
    WIDE,
    /«[^«»\n]{1,600}»|»[^«»\n]{1,600}«|„[^„“”\n]{1,600}[“”]|“[^“”\n]{1,600}”|「[^「」\n]{1,600}」/g,
    maskForeignQuoted,
  ],
  [DIGIT, /(?<![\w+/])[A-Za-z0-9+/_-]{24,600}={0,2}/g, (match) => (isMixed(match) ? '<blob>' : match)],
  [DIGIT, /\b(?:\d{1,12}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h|d)){1,5}\b/g, '<n>'],
  [DIGIT, /\b[A-Za-z0-9]{5,64}\b/g, maskToken],
  [
    DIGIT,
    /(?:(?<!\w)-)?\b\d{1,40}(?:[.,]\d{1,20}){0,4}(?:\s?(?:ns|us|µs|ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?|days?|B|kB|KB|MB|GB|KiB|MiB|GiB|bytes)\b|%)?(?!\w)/g,
    '<n>',
  ],
  [DIGIT, /\d{1,40}/g, '<n>'],
  [DASH, /\b[A-Za-z]{1,6}-<(?:n|id)>(?!\w)/g, '<id>'],
];

/** Which host is part of the error; which tenant's and which page are not. */
function maskUrl(url: string): string {
  const host = /^[^:]{1,22}:\/\/(?:[^/@]{0,200}@)?([\w.-]{1,253})/.exec(url)?.[1]?.toLowerCase() ?? '';
  if (host === '' || /^[\d.]+$/.test(host)) return '<url>';
  return `<url ${host
    .split('.')
    .slice(-2)
    .join('.')
    .replace(/\d{1,40}/g, '#')}>`;
}

/** `call_tool_2` is a name, `call_8fK2mQ91` an id. */
function maskProviderId(match: string): string {
  return /\d/.test(match) || /[a-z][A-Z]|[A-Z]{2}[a-z]/.test(match.slice(match.search(/[_-]/) + 1)) ? '<id>' : match;
}

/** One word in quotes names something. More words, or letters that no identifier has, are free text. */
function maskQuoted(match: string): string {
  const inner = match.slice(1, -1);
  // Something in it was held or masked: then it is read word by word.
  if (/[\ue000-\uf8ff<>]/.test(inner)) return inner.split(/\s{1,20}/, 4).length > 3 ? '<text>' : match;
  return /\S\s{1,20}\S|[^\x20-\x7e]/.test(inner) ? '<text>' : match;
}

/** « orders_pkey » is a name, « Yusuf » a person. */
function maskForeignQuoted(match: string): string {
  const inner = match.slice(1, -1).trim();
  return /^[A-Z][a-z]{1,40}$/.test(inner) ? '<text>' : maskQuoted(`"${inner}"`) === '<text>' ? '<text>' : match;
}

/** As of a URL: the tenant's part of the name is not the error. */
function maskHost(match: string): string {
  return `<host ${match
    .toLowerCase()
    .split('.')
    .slice(-2)
    .join('.')
    .replace(/\d{1,40}/g, '#')}>`;
}

function isMixed(text: string): boolean {
  return /\d/.test(text) && /[A-Z]/.test(text) && /[a-z]/.test(text);
}

/** A word in which letters and digits take turns is an id: `8fK2mQ91`, `7F3K2`. */
function maskToken(token: string): string {
  let turns = 0;
  for (let i = 1; i < token.length; i++) {
    if (token.charCodeAt(i) < 58 !== token.charCodeAt(i - 1) < 58) turns++;
  }
  return turns >= 3 ? '<id>' : token;
}
