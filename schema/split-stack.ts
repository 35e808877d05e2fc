// Where a message ends and a stack trace begins: some clients send both as one text. Pure and linear.

/** The whole trace is rarely longer; of a longer one the ends are what tells where it failed. */
const MAX_STACK_CHARS = 32_000;
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
