// Where a message ends and a stack trace begins: some clients send both as one text. Pure and linear.

/** The whole trace is rarely longer; of a longer one the two ends show where it failed. */
const MAX_STACK_CHARS = 32_000;
const MAX_CAUSE_CHARS = 500;
const TRACEBACK = 'Traceback (most recent call last)';

export interface Failure {
  readonly message: string;
  /** '' = none. */
  readonly stack: string;
}

/**
 * The message without the stack trace in it.
 * @param stack the trace that came apart from the message, '' when none did
 */
export function splitStack(message: string, stack: string): Failure {
  const python = message.indexOf(TRACEBACK);
  if (python >= 0) {
    const last = lastPlainLine(message.slice(python));
    const before = message.slice(0, python).trim();
    return { message: last || before || message, stack: bound(stack || message.slice(python)) };
  }
  const node = /\n[ \t]{1,20}at /.exec(message);
  if (node === null) return { message, stack: bound(stack) };
  return { message: message.slice(0, node.index), stack: bound(stack || message.slice(node.index)) };
}

/** Python ends a traceback with the exception on a line that is not indented. */
function lastPlainLine(trace: string): string {
  let end = trace.length;
  while (end > 0) {
    const start = trace.lastIndexOf('\n', end - 1) + 1;
    const first = trace.charCodeAt(start);
    const blank = first === 0x20 || first === 0x09 || first === 0x0a || first === 0x0d;
    if (start < end && !blank && !trace.startsWith(TRACEBACK, start)) return trace.slice(start, end).trim();
    end = start - 1;
  }
  return '';
}

function bound(stack: string): string {
  if (stack.length <= MAX_STACK_CHARS) return stack;
  return `${stack.slice(0, MAX_STACK_CHARS / 2)}\n${stack.slice(-MAX_STACK_CHARS / 2)}`;
}

/**
 * The first cause of a chain, as one line without the word that only says it is an error; '' = none given. Our SDK and Java
 * write `Caused by: `, Node's inspection `[cause]: `, each further down for the cause before; Python begins with the first.
 * @param stack a trace of at most some ten thousand characters (splitStack)
 */
export function rootCause(stack: string): string {
  const python = /The above exception was the direct cause|During handling of the above exception/.exec(stack);
  if (python !== null) return lastPlainLine(stack.slice(0, python.index).trimEnd());
  let start = -1;
  for (const word of ['\nCaused by: ', '[cause]: ']) {
    const at = stack.lastIndexOf(word);
    if (at >= 0) start = Math.max(start, at + word.length);
  }
  if (start < 0) return '';
  const text = stack.slice(start, start + MAX_CAUSE_CHARS);
  const end = /\n\s{0,40}at |\n\s{0,40}File "|\n?\s{0,40}\{\s{0,5}$/m.exec(text)?.index ?? text.length;
  return text
    .slice(0, end)
    .replace(/^Error(?: \[\w{1,60}\])?: /, '')
    .trim();
}
