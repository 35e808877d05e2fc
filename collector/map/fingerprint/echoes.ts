// What an error repeats of a text that it could not read or of a command that it could not run: it is another each time,
// and says nothing of the error. Pure and linear: texts are searched for fixed words, never matched across.

/** Without this, none of what follows can be there; one test spares most messages all others. */
const SIGNS = /is not valid JSON|, column \d|Text: |Command failed|^[ \t]{0,200}\^/m;

/** The message without such echoes. What may follow them stays. */
export function cutEchoes(message: string): string {
  if (!SIGNS.test(message)) return message;
  return cutCommand(cutParsedText(cutSnippet(cutExcerpt(message))));
}

/**
 * V8: `Unexpected token 'S', "Sorry, I c"... is not valid JSON`. The token distinguishes prose from a page (`<`) and
 * from a fence (`` ` ``); a letter says nothing.
 */
function cutSnippet(text: string): string {
  const end = text.indexOf(' is not valid JSON');
  const start = text.lastIndexOf('Unexpected token ', end);
  if (start < 0 || end < 0 || end - start > 100) return text;
  const token = /^Unexpected token '([!-/:-@[-`{-~])'/.exec(text.slice(start, start + 24))?.[1];
  return `${text.slice(0, start)}Unexpected token ${token ?? '<text>'}, this${text.slice(end)}`;
}

/** Parsers show the line and point at the column: `… at line 3, column 7:`, an empty line, the lines, `^`. */
function cutExcerpt(text: string): string {
  const pointer = /\n[ \t]{0,200}[\^~]{1,200}[ \t]{0,20}(?:\n|$)/.exec(text);
  if (pointer === null) return text;
  const empty = text.lastIndexOf('\n\n', pointer.index);
  const start = empty >= 0 ? empty : text.lastIndexOf('\n', pointer.index - 1);
  return start < 0 ? text : `${text.slice(0, start)}\n${text.slice(pointer.index + pointer[0].length)}`;
}

/** LangChain: `Failed to parse. Text: "…". Error: …`; AI SDK: `JSON parsing failed: Text: ….` and `Error message: …`. */
function cutParsedText(text: string): string {
  const start = text.indexOf('Text: ');
  if (start < 0) return text;
  const end = text.indexOf('Error', start);
  return `${text.slice(0, start)}Text: <text> ${end < 0 ? '' : text.slice(end)}`;
}

/** Node and execa: `Command failed: convert in.pdf out.png`, then what the command said. Only the program is kept. */
function cutCommand(text: string): string {
  return text.replace(/(Command failed[^:\n]{0,40}: \S{1,200})[^\n]{0,2000}/, '$1');
}
