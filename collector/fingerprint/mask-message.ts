// The message of an error with what varies from one time to the next replaced by its kind, and what names the error
// held as it is. Pure; linear, for every pattern is bounded and looks at no more than 2,000 characters.
import {
  AT,
  BACKSLASH,
  CAPITAL_E,
  COLON,
  DASH,
  DIGIT,
  DOT,
  JOINER,
  LETTER_Q,
  QUOTE,
  SLASH,
  traitsOf,
} from './traits.ts';
import { unwrapJson } from './unwrap-json.ts';

const MAX_MESSAGE_CHARS = 2000;
const MAX_TEMPLATE_CHARS = 400;

// A held piece stands as one private character while the masks are at work. Such characters in a message are dropped.
const FIRST_HELD = 0xe000;
const MAX_HELD = 1000;
const HELD = /[\ue000-\uf8ff]/g;

/** What names an error, and which characters it cannot do without. The group is the piece to hold; without one, the whole match is. */
const HOLDS: readonly (readonly [needs: number, RegExp])[] = [
  // HTTP status: at the start, after a word that announces it, before its name.
  [DIGIT, /^\s{0,20}([1-5]\d\d)(?![\w.,])/g],
  [
    DIGIT,
    /\b(?:status|http(?:\/\d(?:\.\d)?)?|code|error|response|returned|responded with|got|received)["']?[ \t]{0,3}(?:code)?["']?[ \t]{0,3}[:=]?[ \t]{0,3}["'(]?([1-5]\d\d)(?![\w.,]|\s{1,3}(?:ms|s|seconds?|rows?|items?|tokens?|bytes|results?|records?|chars|characters|times)\b)/gi,
  ],
  [
    DIGIT,
    /\b([45]\d\d)(?= (?:Bad|Unauth|Payment|Forbidden|Not|Method|Proxy|Request|Conflict|Gone|Payload|Unsupported|Unprocessable|Too|Internal|Service|Gateway|Overloaded)[ a-z]?)/g,
  ],
  // JSON-RPC and MCP, exit codes, numbers of operating systems and databases.
  [DIGIT | DASH, /\b(?:error|code)["']?[ \t]{0,3}[:=]?[ \t]{0,3}["'(]?(-\d{3,6})\b/gi],
  [DIGIT, /\b(?:exit(?:ed)?(?: with)?(?: code| status)?|errno|winerror)[ \t]{0,3}[:=]?[ \t]{0,3}(\d{1,5})\b/gi],
  [LETTER_Q, /\bSQLSTATE\W{0,4}([0-9A-Z]{5})\b/gi],
  [DIGIT, /\bcode["']?[ \t]{0,3}[:=]?[ \t]{0,3}["']?(\d[0-9A-Z]{4})\b(?!\.)/g],
  [DIGIT, /\b(?:ORA|TS|SQL|AADSTS|CVE)-?\d{4,6}\b/g],
  [CAPITAL_E, /\b(?:ERR_[A-Z0-9_]{2,60}|E(?:[A-Z]|2)[A-Z0-9]{2,30})\b/g],
  [QUOTE, /["'](?:type|code|expected)["'][ \t]{0,3}:[ \t]{0,3}["']([\w.-]{1,64})["']/g],
  // A name after the word that says of what. One with many digits is an id.
  [
    0,
    /\b(?:tool|function|property|properties|reading|column|table|constraint|model|relation|module|argument|parameter|field|key|KeyError)s?[ \t]{0,3}(?:name)?[:=]?[ \t]{0,3}["'`]?((?![\w.-]{0,64}\d{5})(?!(?:call|toolu|req|run|msg|org|chatcmpl)[_-])[A-Za-z_$][\w.$/-]{0,63})/g,
  ],
];

type Mask = readonly [needs: number, RegExp, string | ((match: string) => string)];

// In this order: the longer, more telling forms first.
const MASKS: readonly Mask[] = [
  [AT, /\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\b/g, '<email>'],
  [COLON | SLASH, /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>)\]}]{1,500}/gi, maskUrl],
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
    /\b((?:request|trace|session|correlation|ray|run|thread|conversation)[ _-]?id)\W{1,3}[\w-]{4,80}/gi,
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
  [SLASH, /(?<![\w<>/])(?:~|\.{1,2})?(?:\/[\w.@+-]{1,100}){2,20}\/?(?::\d{1,6}){0,2}/g, '<path>'],
  [BACKSLASH | COLON, /\b[A-Za-z]:(?:\\[\w.@+ -]{1,100}){1,20}/g, '<path>'],
  [DIGIT, /\b0x[0-9a-f]{1,64}\b/gi, '<id>'],
  [DIGIT, /\b(?=[0-9a-f]{0,63}\d)(?=\d{0,63}[a-f])[0-9a-f]{8,128}\b/gi, '<id>'],
  [QUOTE, /(?<!\w)"[^"\n]{1,600}"(?!\w)|(?<!\w)'[^'\n]{1,600}'(?!\w)|`[^`\n]{1,600}`/g, maskQuoted],
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

/**
 * The template of the message, at most 400 characters: equal for the same error with other ids, amounts and times.
 * @param traitsIn says which characters a text has; patterns that need others are not tried
 */
export function maskMessage(message: string, traitsIn = traitsOf): string {
  let text = message.slice(0, MAX_MESSAGE_CHARS).toWellFormed().normalize('NFC').replace(HELD, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours vary, the error does not
  text = unwrapJson(text.replace(/\x1b\[[0-9;?]{0,20}[A-Za-z]/g, '')).slice(0, MAX_MESSAGE_CHARS);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: line ends and control characters vary, the error does not
  text = text.replace(HELD, '').replace(/[\x00-\x1f\x7f]{1,100}/g, ' ');
  const traits = traitsIn(text);
  const held: string[] = [];
  for (const [needs, pattern] of HOLDS) {
    if ((traits & needs) !== needs) continue;
    text = text.replace(pattern, (match: string, ...groups: unknown[]) => {
      const piece = typeof groups[0] === 'string' ? groups[0] : match;
      if (held.length >= MAX_HELD) return match;
      const at = match.lastIndexOf(piece);
      const mark = String.fromCharCode(FIRST_HELD + held.push(piece) - 1);
      return match.slice(0, at) + mark + match.slice(at + piece.length);
    });
  }
  for (const [needs, pattern, mask] of MASKS) {
    // What was masked so far brought no such character in, so the first look still holds.
    if ((traits & needs) !== needs) continue;
    text = typeof mask === 'string' ? text.replace(pattern, mask) : text.replace(pattern, mask);
  }
  text = text.replace(/(<[a-z]{1,8}>)(?:[\s,;|/-]{1,4}\1){1,200}/g, '$1').replace(/\s{2,}/g, ' ');
  // From the last to the first: a piece may hold a mark that was set before.
  for (let i = held.length - 1; i >= 0; i--) {
    text = text.replace(String.fromCharCode(FIRST_HELD + i), () => held[i] as string);
  }
  return text.replace(HELD, '').trim().slice(0, MAX_TEMPLATE_CHARS).toWellFormed();
}

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

/** More than three words in quotes are what somebody wrote. */
function maskQuoted(match: string): string {
  return match.split(/\s{1,20}/, 4).length > 3 ? '<text>' : match;
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
