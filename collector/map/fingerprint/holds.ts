// What names an error and is kept as it is. Every pattern is bounded, so that it takes linear time on the 2,000 characters it
// sees.
import { CAPITAL_E, DASH, DIGIT, LETTER_Q, QUOTE } from './traits.ts';

/** What names an error, and which characters it cannot do without. The group is the piece to hold; without one, the whole match is. */
export const HOLDS: readonly (readonly [needs: number, RegExp])[] = [
  // HTTP status: at the start, after a word that announces it, before its name.
  [DIGIT, /^\s{0,20}([1-5]\d\d)(?![\w.,])/g],
  [
    DIGIT,
    /\b(?:status|http(?:\/\d(?:\.\d)?)?|code|error|response|returned|responded with|answered|replied|got|received)["']?[ \t]{0,3}(?:code)?["']?[ \t]{0,3}[:=]?[ \t]{0,3}["'(]?([1-5]\d\d)(?![\w.,]|\s{1,3}(?:ms|s|seconds?|rows?|items?|tokens?|bytes|results?|records?|chars|characters|times)\b)/gi,
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
    /\b(?:tool|function|property|properties|reading|column|table|constraint|model|relation|module|argument|parameter|field|key|keyword|KeyError)s?\b[ \t]{0,3}(?:name)?[:=]?[ \t]{0,3}["'`]?((?![\w.-]{0,64}\d{5})(?!(?:call|toolu|req|run|msg|org|chatcmpl|sk|pk)[_-])[A-Za-z_$][\w.$/-]{0,63})/g,
  ],
];
