// Turns any value into text for an attribute: cycles, BigInt, throwing getters and huge objects never break the agent.
import { wholeEnd, wholeStart } from './whole-text.ts';

const MAX_DEPTH = 12;
/** Values visited before the rest is left out, so that a giant object cannot block the agent. */
const MAX_NODES = 20_000;

/** Masks secrets before anything is cut: no mask finds half a secret. */
type Mask = (text: string, key: string) => string;

interface Walk {
  mask: Mask;
  ancestors: Set<object>;
  nodesLeft: number;
  leafLimit: number;
  /** The length of its longest text, uncut. */
  longestLeaf: number;
}

/**
 * The value as text of at most about `limit` UTF-16 units. Strings stay as they are, everything else becomes JSON.
 * Too long JSON first has its long strings shortened, so that it stays JSON; only then it is cut as text.
 * The text says how much was cut. Returns undefined for undefined; never throws, if `mask` does not.
 * @param key the attribute's name, for `mask`; texts inside an object come with the name of their field
 */
export function toText(value: unknown, limit: number, mask: Mask = asItIs, key = ''): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return cut(mask(value, key), limit);
  let json = '';
  let longestLeaf = Number.POSITIVE_INFINITY;
  for (const leafLimit of [limit, Math.ceil(limit / 8), Math.ceil(limit / 64)]) {
    // Without a text to shorten the result would be the same.
    if (longestLeaf <= leafLimit) continue;
    ({ json, longestLeaf } = stringify(value, leafLimit, mask, key));
    if (json.length <= limit) return json;
  }
  return cut(json, limit);
}

const asItIs: Mask = (text) => text;

/** Keeps three quarters of the limit from the head, the rest from the tail, and says how much is missing. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = wholeEnd(text, Math.ceil(limit * 0.75));
  const tail = wholeStart(text, text.length - Math.floor(limit * 0.25));
  return `${text.slice(0, head)}… [${tail - head} of ${text.length} characters cut] …${text.slice(tail)}`;
}

function stringify(value: unknown, leafLimit: number, mask: Mask, key: string): { json: string; longestLeaf: number } {
  const walk: Walk = { ancestors: new Set(), nodesLeft: MAX_NODES, leafLimit, longestLeaf: 0, mask };
  try {
    const json = JSON.stringify(plain(value, walk, 0, key)) ?? String(value);
    return { json, longestLeaf: walk.longestLeaf };
  } catch (error) {
    return { json: `[unreadable: ${reason(error)}]`, longestLeaf: walk.longestLeaf };
  }
}

/** A copy made only of what JSON knows. */
function plain(value: unknown, walk: Walk, depth: number, key: string): unknown {
  walk.nodesLeft -= 1;
  if (walk.nodesLeft < 0) return '[left out: too many values]';
  if (typeof value === 'string') return leaf(walk.mask(value, key), walk);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function') return `[function ${value.name || 'anonymous'}]`;
  if (typeof value === 'symbol') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (walk.ancestors.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[left out: nested too deep]';
  walk.ancestors.add(value);
  try {
    return plainObject(value, walk, depth + 1, key);
  } catch (error) {
    return `[unreadable: ${reason(error)}]`;
  } finally {
    walk.ancestors.delete(value);
  }
}

function leaf(text: string, walk: Walk): string {
  walk.longestLeaf = Math.max(walk.longestLeaf, text.length);
  return cut(text, walk.leafLimit);
}

function plainObject(value: object, walk: Walk, depth: number, key: string): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Error) {
    return { name: value.name, message: walk.mask(String(value.message), 'message'), ...fields(value, walk, depth) };
  }
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name}, ${value.byteLength} bytes]`;
  if (value instanceof Map)
    return plain(Object.fromEntries([...value].map(([k, v]) => [String(k), v])), walk, depth, key);
  if (value instanceof Set) return items([...value], walk, depth, key);
  if (Array.isArray(value)) return items(value, walk, depth, key);
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON(), walk, depth, key);
  return fields(value, walk, depth);
}

function items(values: unknown[], walk: Walk, depth: number, key: string): unknown[] {
  const kept: unknown[] = [];
  for (const item of values) {
    if (walk.nodesLeft <= 0) return [...kept, `[${values.length - kept.length} more left out]`];
    kept.push(plain(item, walk, depth, key));
  }
  return kept;
}

function fields(value: object, walk: Walk, depth: number): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (walk.nodesLeft <= 0) {
      kept['…'] = '[more left out]';
      return kept;
    }
    // defineProperty, because a key named __proto__ must stay a key.
    const field = plain(readField(value, key), walk, depth, key);
    Object.defineProperty(kept, key, { value: field, enumerable: true, configurable: true, writable: true });
  }
  return kept;
}

function readField(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch (error) {
    return `[unreadable: ${reason(error)}]`;
  }
}

function reason(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'it throws';
  }
}
