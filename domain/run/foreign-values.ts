// Reads untrusted values: only own properties count, since keys may be `__proto__`. Pure, bounded.
import type { Attributes, AttributeValue } from '#contracts/span';

/** One attribute by its key; undefined when it is not there. */
export type Read = (key: string) => AttributeValue | undefined;
export const reader =
  (attributes: Attributes): Read =>
  (key) =>
    Object.hasOwn(attributes, key) ? attributes[key] : undefined;

export function firstText(read: Read, keys: readonly string[]): string | null {
  for (const key of keys) {
    const text = textOf(read(key));
    if (text !== null) return text;
  }
  return null;
}

export const textOf = (value: unknown): string | null =>
  typeof value === 'string'
    ? value || null
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : null;

export const distinct = (words: readonly string[]): string[] => [...new Set(words)];

export const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

export const at = (value: unknown, path: readonly string[]): unknown => path.reduce(own, value);

const MAX_JSON_CHARS = 256 * 1024;

/** JSON text as its value; what is a value already as it is; undefined for other text. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? undefined;
  if (value.length > MAX_JSON_CHARS) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

const MAX_LOOKED_AT = 2000;

/** The first of these keys with a text, anywhere in the value: nearest to the top first, and not without end. */
export function found(value: unknown, keys: readonly string[]): string | undefined {
  const queue: unknown[] = [value];
  for (let i = 0; i < queue.length && i < MAX_LOOKED_AT; i++) {
    const one = queue[i];
    if (typeof one !== 'object' || one === null) continue;
    for (const key of keys) {
      const text = own(one, key);
      if (typeof text === 'string' && text !== '') return text;
    }
    for (const inner of Object.values(one)) if (queue.length < MAX_LOOKED_AT) queue.push(inner);
  }
  return undefined;
}
