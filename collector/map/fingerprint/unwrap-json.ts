// An error body in JSON says its message among much that varies: only what names the error is kept. Pure and linear.

const MAX_DEPTH = 4;
const MAX_ISSUES = 5;
/** In this order, so that bodies which name the same things in another order read the same. */
const NAMING = ['status', 'type', 'code', 'name', 'expected', 'received', 'title', 'reason'] as const;
const SAYING = ['message', 'msg', 'detail', 'error_description'] as const;
const AROUND = ['error', 'errors', 'issues', 'detail'] as const;

/** The text with the JSON in it replaced by what the JSON says of the error. Text that holds none is given back. */
export function unwrapJson(text: string): string {
  const brace = text.indexOf('{');
  if (brace < 0) return text;
  const list = /\[\s{0,100}$/.exec(text.slice(Math.max(0, brace - 101), brace));
  const start = list === null ? brace : brace - list[0].length;
  const end = text.lastIndexOf(list === null ? '}' : ']') + 1;
  if (end <= start) return text;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(start, end));
  } catch {
    return text;
  }
  const said = describe(value, 0);
  return said === '' ? text : `${text.slice(0, start)}${said}${text.slice(end)}`;
}

function describe(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) return '';
  if (Array.isArray(value)) {
    const issues = value.slice(0, MAX_ISSUES).map((issue) => describe(issue, depth + 1));
    return issues.filter((issue) => issue !== '').join('; ');
  }
  if (typeof value === 'string') return depth === 0 ? '' : unwrapJson(value);
  if (typeof value !== 'object' || value === null) return '';
  const body = value as Record<string, unknown>;
  const parts: string[] = [];
  for (const key of NAMING) {
    const part = body[key];
    // `"type": "error"` around every body names nothing.
    if ((typeof part === 'string' || typeof part === 'number') && part !== 'error') parts.push(`${key} ${part}`);
  }
  const path = body.path ?? body.loc;
  // A field is part of the error, a place in a list is not.
  if (Array.isArray(path)) {
    parts.push(`path ${path.map((step) => (typeof step === 'string' ? step : '<n>')).join('.')}`);
  }
  const said = SAYING.map((key) => body[key]).find((part) => typeof part === 'string' && part !== '');
  if (typeof said === 'string') parts.push(depth < MAX_DEPTH ? unwrapNested(said) : said);
  for (const key of AROUND) {
    const inner = body[key];
    if (inner !== said && inner !== undefined) parts.push(describe(inner, depth + 1));
  }
  return parts.filter((part) => part !== '').join(' ');
}

/** A message that is a JSON body itself, as gateways pass it on. */
function unwrapNested(text: string): string {
  return /^\s{0,10}[{[]/.test(text) ? unwrapJson(text) : text;
}
