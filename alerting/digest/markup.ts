// The pieces of a mail in HTML: tables and inline styles, because mail clients know little else; dark colours by class,
// for the clients that ask for them. Everything that comes in is text and leaves escaped. Pure.

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as HTML text or as the value of a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char] as string);

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const COLOURS = {
  text: '#14171c',
  soft: '#3d444f',
  muted: '#59616d',
  link: '#2448c4',
  line: '#e0e3e8',
  error: '#b3172a',
};
export const BARS = { error: '#cf3447', warn: '#cb8420', ok: '#3f9e69', plain: '#c3c9d2' } as const;

const DARK =
  '.bd{background:#0e1013!important}.cd{background:#15181c!important;border-color:#262b32!important}.tx{color:#e9ebee!important}.t2{color:#bcc2cb!important}.mu{color:#929aa6!important}.a{color:#93adff!important}.er{color:#ff9189!important}.ln{border-color:#262b32!important}.trk{background:#3d444f!important}.snk{background:#0a0c0e!important}.ink{background:#e9ebee!important}.lo{background:#c98d2e!important}.bn{background:#3d444f!important}.btn{background:#e9ebee!important;color:#0e1013!important}';
const NARROW =
  '.cd{width:100%!important;border-left:0!important;border-right:0!important}.x{padding-left:16px!important;padding-right:16px!important}.out{padding:0!important}.us{width:88px!important}';

const TABLE = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">';

/** Text that may come from a span: it cannot change the text direction of its surroundings. */
export const isolated = (text: string): string => `<bdi>${escapeHtml(text)}</bdi>`;

export const link = (text: string, url: string): string =>
  `<a href="${escapeHtml(url)}" class="a" style="color:${COLOURS.link};text-decoration:none">${isolated(text)}</a>`;

/** A whole mail. @param rows table rows; @param preview what a list of mails shows after the subject */
export function page(subject: string, preview: string, rows: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>${escapeHtml(subject)}</title>
<style>:root{color-scheme:light dark;supported-color-schemes:light dark}@media (prefers-color-scheme:dark){${DARK}}
@media (max-width:660px){${NARROW}}</style></head>
<body class="bd" style="margin:0;padding:0;background:#f5f6f7"><div role="article" aria-label="${escapeHtml(subject)}" lang="en"><div style="display:none;max-height:0;overflow:hidden">${escapeHtml(preview)}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="bd" style="background:#f5f6f7"><tr><td align="center" class="out" style="padding:24px 8px">
<table role="presentation" width="640" cellpadding="0" cellspacing="0" border="0" class="cd" style="width:640px;max-width:100%;background:#ffffff;border:1px solid ${COLOURS.line};border-radius:8px">
${rows}
</table></td></tr></table></div></body></html>
`;
}

export const top = (kicker: string, headline: string, note: string | null): string =>
  `<tr><td class="x" style="${FONT};padding:24px 28px 0"><p class="mu" style="margin:0;font-size:13px;line-height:18px;color:${COLOURS.muted}">${escapeHtml(kicker)}</p><h1 class="tx" style="margin:6px 0 0;font-size:22px;line-height:29px;font-weight:600;letter-spacing:-.2px;color:${COLOURS.text}">${isolated(headline)}</h1>${note === null ? '' : `<p class="t2" style="margin:8px 0 0;font-size:14px;line-height:21px;color:${COLOURS.soft}">${escapeHtml(note)}</p>`}</td></tr>`;

export const heading = (title: string, note: string): string =>
  `<tr><td class="x mu" style="${FONT};padding:26px 28px 6px;font-size:12px;line-height:16px;font-weight:600;color:${COLOURS.muted}"><h2 style="display:inline;margin:0;font-size:12px;font-weight:600">${escapeHtml(title)}</h2> <span style="font-weight:400">${escapeHtml(note)}</span></td></tr>`;

/** A line with a coloured edge. @param facts and text '' when there are none; both plain text */
export function entry(bar: string, title: string, url: string, facts: string, text: string): string {
  const plain = bar === BARS.plain ? ' class="bn"' : '';
  const second =
    facts === ''
      ? ''
      : `<p class="mu" style="margin:1px 0 0;font-size:13px;line-height:19px;color:${COLOURS.muted}">${isolated(facts)}</p>`;
  const third =
    text === ''
      ? ''
      : `<p class="t2" style="margin:4px 0 0;font-size:14px;line-height:21px;color:${COLOURS.soft}">${isolated(text)}</p>`;
  return `<tr><td class="x" style="padding:4px 28px 8px">${TABLE}<tr><td width="3"${plain} style="width:3px;background:${bar};font-size:0;line-height:0">&nbsp;</td><td style="${FONT};padding:0 0 0 12px;word-break:break-word"><p style="margin:0;font-size:15px;line-height:21px;font-weight:600">${link(title, url)}</p>${second}${third}</td></tr></table></td></tr>`;
}

/** Table rows around cells. */
export const table = (rows: string): string =>
  `<tr><td class="x" style="padding:0 28px">${TABLE}${rows}</table></td></tr>`;

export function figure(name: string, url: string, value: string, beside: string, isWorse: boolean): string {
  const cell = `${FONT};padding:6px 0;font-size:14px;line-height:20px;border-bottom:1px solid ${COLOURS.line}`;
  const tone = isWorse ? ['er', COLOURS.error] : ['tx', COLOURS.text];
  return `<tr><td class="ln" style="${cell};word-break:break-word">${link(name, url)}</td><td align="right" class="${tone[0]} ln" style="${cell};padding-left:8px;font-weight:600;white-space:nowrap;color:${tone[1]}">${escapeHtml(value)}${isWorse ? '<span style="font-weight:400"> ▲</span>' : ''}</td><td align="right" width="150" class="mu ln us" style="${cell};padding-left:8px;font-size:13px;color:${COLOURS.muted}">${escapeHtml(beside) || '&nbsp;'}</td></tr>`;
}

/** A decision with a bar from 0 to 1: up to the confidence, then up to the threshold, and a mast at the threshold. */
export function decision(title: string, url: string, facts: string, words: readonly [string, string], at: Bar): string {
  const line = `padding:8px 0;border-bottom:1px solid ${COLOURS.line}`;
  return `<tr><td class="ln" style="${FONT};${line};font-size:14px;line-height:20px;word-break:break-word">${link(title, url)}<br><span class="mu" style="font-size:13px;color:${COLOURS.muted}">${isolated(facts)}</span></td><td width="150" align="right" class="ln" style="${FONT};${line};padding-left:12px"><table role="presentation" width="120" cellpadding="0" cellspacing="0" border="0"><tr>${bar(at)}</tr></table><span class="tx" style="font-size:13px;line-height:20px;color:${COLOURS.text}">${escapeHtml(words[0])} <span class="mu" style="color:${COLOURS.muted}">${escapeHtml(words[1])}</span></span></td></tr>`;
}

export interface Bar {
  readonly confidence: number;
  readonly threshold: number;
}

function bar({ confidence, threshold }: Bar): string {
  const cell = (name: string, colour: string, share: number) =>
    share <= 0
      ? ''
      : `<td width="${Math.round(share * 100)}%" height="6" class="${name}" style="background:${colour};font-size:0;line-height:0">&nbsp;</td>`;
  const mast = `<td width="2" height="6" class="ink" style="width:2px;background:${COLOURS.text};font-size:0;line-height:0">&nbsp;</td>`;
  const low = Math.min(confidence, threshold);
  const past = `<td height="6" class="snk" style="background:#eceef1;font-size:0;line-height:0">&nbsp;</td>`;
  return `${cell('trk', '#c3c9d2', low)}${cell('lo', '#cb8420', threshold - low)}${mast}${cell('trk', '#c3c9d2', confidence - threshold)}${past}`;
}

export const more = (text: string, url: string): string =>
  `<tr><td class="x" style="${FONT};padding:2px 28px 4px;font-size:13px;line-height:19px">${link(text, url)}</td></tr>`;

export const button = (text: string, url: string): string =>
  `<tr><td class="x" style="padding:22px 28px 26px"><a href="${escapeHtml(url)}" class="btn" style="${FONT};display:inline-block;padding:10px 16px;border-radius:5px;background:#14171c;color:#ffffff;font-size:14px;line-height:20px;font-weight:600;text-decoration:none">${escapeHtml(text)}</a></td></tr>`;

export const smallPrint = (lines: readonly string[], links: readonly { text: string; url: string }[]): string =>
  `<tr><td class="x ln mu" style="${FONT};padding:14px 28px 18px;border-top:1px solid ${COLOURS.line};font-size:12px;line-height:18px;color:${COLOURS.muted}">${lines.map(escapeHtml).join('<br>')}<br>${links.map(({ text, url }) => link(text, url)).join(' · ')}</td></tr>`;
