// The call of the author's own code at the top of a stack trace, of Node and of Python. Pure and linear.

/** The innermost ones; a trace has rarely more, and frames further out are not what failed. */
const MAX_LINES = 200;
const MAX_LINE_CHARS = 1000;
/** Code that is not the author's: packages, the runtime, generated wrappers. */
const FOREIGN =
  /node_modules|site-packages|dist-packages|node:|\binternal\/|[/\\]lib[/\\]python\d|<frozen |<anonymous>|\(native\)/;

/**
 * The innermost frame in the author's code, as `function file`, '' = none: no folders and no line number, so that an edit
 * above or another machine changes nothing. Only one: engines cut a trace after some ten frames, and how many of those are
 * their own varies from one time to the next, so the outer frames of one error come and go.
 * @param stack a trace of at most some ten thousand characters (splitStack)
 */
export function topFrame(stack: string): string {
  // Python writes the innermost call last.
  const lines = /^[ \t]{0,20}File "/m.test(stack)
    ? stack.split('\n').slice(-MAX_LINES).reverse()
    : stack.split('\n', MAX_LINES);
  for (const line of lines) {
    if (line.length > MAX_LINE_CHARS || FOREIGN.test(line)) continue;
    const frame = pythonFrame(line) ?? nodeFrame(line);
    if (frame !== null) return frame;
  }
  return '';
}

function pythonFrame(line: string): string | null {
  const match = /^\s{0,20}File "([^"]{1,500})", line \d{1,9}(?:, in (\S{1,200}))?/.exec(line);
  return match === null ? null : `${match[2] ?? ''} ${baseName(match[1] as string)}`;
}

function nodeFrame(line: string): string | null {
  const call = line.trim();
  if (!call.startsWith('at ')) return null;
  const open = call.lastIndexOf('(');
  const place = open < 0 ? call.slice(3) : call.slice(open + 1).replace(/\)$/, '');
  const called = open < 0 ? '' : call.slice(3, open);
  const name = called
    .replace(/ \[as [^\]]{0,100}\]/, '')
    .replace(/^(?:async |new |Object\.|Module\.|Function\.)+/, '')
    .trim();
  return `${name} ${baseName(place.replace(/^async /, '').replace(/(?::\d{1,9}){1,2}$/, ''))}`;
}

/** The file without folders, query and the hash a bundler puts into the name. */
function baseName(path: string): string {
  const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return file.replace(/\?.{0,500}$/, '').replace(/[.-](?=[0-9a-f]{0,31}\d)[0-9a-f]{6,32}(?=\.)/, '');
}
