// Makes text from spans inert in mail: nothing in it is what a mail client turns into a link by itself. The manner is
// that of security reports, hxxp and [.], so that a reader still sees what was there.
import { createRequire } from 'node:module';

// The package is one JSON file, and importing one makes Node 20 print a warning at each start.
const require = createRequire(import.meta.url);
/** Top-level domains, in small letters; international ones in their own script. */
const TOP_LEVEL: ReadonlySet<string> = new Set(require('tlds') as string[]);

/** A dot, ideographic full stops included, and the label that follows. */
const DOT_AND_LABEL = /[.\u3002\uff0e\uff61]([\p{L}\p{N}-]+)/gu;
const DOT = /[.\u3002\uff0e\uff61]/gu;
/** Four numbers or more: IPv4 addresses, and what is written onto them. */
const IPV4 = /\d+(?:[.\u3002\uff0e\uff61]\d+){3,}/gu;

/**
 * The text with its links broken: `hxxps://evil[.]com`, `www[.]x`, `me@host[.]internal`, `10[.]0[.]0[.]7`, `ftp[://]…`,
 * `mailto[:]…`, `[\\]server`. A dot stays where no link would begin or end: `payments.refund`, `3.9.0`.
 */
export function defang(text: string): string {
  return (
    text
      .replace(/http(s?):\/\//gi, (_, s: string) => `hxxp${s.toLowerCase()}://`)
      .replace(/(?<!hxxps?):\/\//gi, '[://]')
      .replace(/(?<![:/\p{L}\p{N}])\/\/(?=[^\s\]/])/gu, '[//]')
      .replace(/\b(mailto|tel|sms|callto|sip|skype|javascript|vbscript|data|file|news):(?=\S)/gi, '$1[:]')
      // A share of a Windows server: a click sends the reader's login there.
      .replace(/(^|[\s"'(<[])\\\\(?=[\p{L}\p{N}])/gu, '$1[\\\\]')
      .replace(/(?<=@)[\p{L}\p{N}_.-]+\.\p{L}[\p{L}\p{N}-]*/gu, (host) => host.replace(DOT, '[.]'))
      .replace(IPV4, (address) => address.replace(DOT, '[.]'))
      .replace(/(www)[.\u3002\uff0e\uff61]/gi, '$1[.]')
      .replace(DOT_AND_LABEL, (found, label: string) => (isTopLevel(label) ? `[.]${label}` : found))
  );
}

function isTopLevel(label: string): boolean {
  const small = label.toLowerCase();
  return TOP_LEVEL.has(small) || small.startsWith('xn--');
}
