// Reads status, code and cause of an error, whatever names the client library uses. Nothing here throws.
import { at, isA } from '../read.ts';

const MAX_CAUSES = 8;

/** The HTTP status of an error or a Response; null when there is none. AWS has it in `$metadata`, Google as `code`. */
export function statusOf(failure: unknown): number | null {
  const candidates = [
    at(failure, 'status'),
    at(failure, 'statusCode'),
    at(failure, 'response', 'status'),
    at(failure, 'response', 'statusCode'),
    at(failure, '$metadata', 'httpStatusCode'),
    at(failure, '$response', 'statusCode'),
  ];
  const found = candidates.find(isStatus);
  return isStatus(found) ? found : statusInCode(at(failure, 'code'));
}

const isStatus = (value: unknown): value is number => typeof value === 'number' && value >= 100 && value <= 599;

/** `code` is a status in clients of Google's REST APIs and in transports of MCP, as a number or as text. */
function statusInCode(code: unknown): number | null {
  const number = typeof code === 'string' && /^[45]\d\d$/.test(code) ? Number(code) : code;
  return typeof number === 'number' && number >= 400 && number <= 599 ? number : null;
}

/** Whether a value is an answer of fetch, or looks like one. */
export function isResponse(value: unknown): value is Response {
  return isStatus(at(value, 'status')) && typeof at(value, 'headers', 'get') === 'function' && !isA(value, Error);
}

/** gRPC's status code of an error (https://grpc.io/docs/guides/status-codes/), else null. */
export function grpcCodeOf(failure: unknown): number | null {
  const code = at(failure, 'code');
  if (typeof code === 'string') return GRPC_NAMES.get(code.toUpperCase()) ?? null;
  if (typeof code !== 'number' || !Number.isInteger(code) || code < 1 || code > 16) return null;
  // Other errors have numbers too: DOM exceptions, exit codes of processes, MongoDB, MySQL.
  if (isA(failure, DOMException)) return null;
  return OTHER_NUMBERS.some((field) => at(failure, field) !== undefined) ? null : code;
}

const OTHER_NUMBERS = ['codeName', 'cmd', 'signal', 'errno', 'sqlState', 'syscall'];

export const GRPC = {
  cancelled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  resourceExhausted: 8,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
} as const;

const GRPC_NAMES: ReadonlyMap<string, number> = new Map([
  ['CANCELLED', GRPC.cancelled],
  ['CANCELED', GRPC.cancelled],
  ['DEADLINE_EXCEEDED', GRPC.deadlineExceeded],
  ['RESOURCE_EXHAUSTED', GRPC.resourceExhausted],
  ['UNAVAILABLE', GRPC.unavailable],
]);

/** What a failure of the Model Context Protocol is: its own codes, and the names of later versions of its client. */
export function mcpFailure(failure: unknown): 'timeout' | 'closed' | null {
  const code = at(failure, 'code');
  const message = at(failure, 'message');
  const says = (words: RegExp): boolean => typeof message === 'string' && words.test(message);
  // Other JSON-RPC services use the same numbers for other things.
  if (code === -32001 && !says(/not found/i)) return 'timeout';
  if (code === -32000 && (at(failure, 'name') === 'McpError' || says(/connection closed/i))) return 'closed';
  if (code === 'REQUEST_TIMEOUT') return 'timeout';
  return code === 'CONNECTION_CLOSED' ? 'closed' : null;
}

/** The names of an error: its own, and those of its classes. OpenAI's timeouts are named `Error`. */
export function namesOf(failure: unknown): string[] {
  const names = [at(failure, 'name')];
  for (let type = prototypeOf(failure); type !== null && names.length < MAX_CAUSES; type = prototypeOf(type)) {
    const made = at(type, 'constructor');
    if (typeof made === 'function') names.push(nameOfClass(made));
  }
  return names.filter((name) => typeof name === 'string');
}

function prototypeOf(value: unknown): object | null {
  try {
    return typeof value === 'object' && value !== null ? Reflect.getPrototypeOf(value) : null;
  } catch {
    return null;
  }
}

function nameOfClass(made: object): unknown {
  try {
    return Reflect.get(made, 'name');
  } catch {
    return undefined;
  }
}

/** What an error was caused by: its `cause`, or the last error of the AI SDK's retries. */
export function causeOf(failure: unknown): unknown {
  const cause = at(failure, 'cause');
  if (cause !== undefined) return cause;
  const errors = at(failure, 'errors');
  if (at(failure, 'name') !== 'AI_RetryError' || !Array.isArray(errors)) return undefined;
  const last = at(failure, 'lastError');
  return typeof last === 'object' && last !== null ? last : errors.at(-1);
}

/** The errors that an AggregateError holds, at most eight of them. */
export function partsOf(failure: unknown): readonly unknown[] {
  const errors = at(failure, 'errors');
  if (at(failure, 'name') === 'AI_RetryError' || !Array.isArray(errors)) return [];
  return errors.slice(0, MAX_CAUSES);
}

/**
 * The first verdict on a failure, asked from the outside in: the failure itself, then the errors it sums up, then its
 * cause. What sums up several gets the verdict `gravest` where one of them has it. null when nothing has a verdict.
 */
export function verdictOf(
  failure: unknown,
  judge: (error: unknown) => boolean | null,
  gravest: boolean,
): boolean | null {
  const seen = new Set<unknown>();
  const ask = (error: unknown): boolean | null => {
    if (typeof error !== 'object' || error === null || seen.has(error) || seen.size >= MAX_CAUSES) return null;
    seen.add(error);
    const own = judge(error);
    if (own !== null) return own;
    const parts = partsOf(error).map(ask);
    if (parts.includes(gravest)) return gravest;
    return parts.find((part) => part !== null) ?? ask(causeOf(error));
  };
  return ask(failure);
}

/** The failure and what caused it, outermost first. */
export function chainOf(failure: unknown): unknown[] {
  const chain: unknown[] = [];
  const open: unknown[] = [failure];
  while (open.length > 0 && chain.length < MAX_CAUSES) {
    const next = open.shift();
    if (typeof next !== 'object' || next === null || chain.includes(next)) continue;
    chain.push(next);
    open.push(causeOf(next), ...partsOf(next));
  }
  return chain;
}
