// Reads untrusted JSON, as tables need it. Only own properties count: keys may be `__proto__`.

/** The value under a path of keys; undefined when any of them is missing. */
export function field(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

/** A number of 0 or more, also when it came as text; null when it is none. */
export function amount(value: unknown): number | null {
  const number =
    typeof value === 'string' && value.length <= 40 && value.trim() !== '' ? Number(value) : (value as number);
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null;
}

/** The first amount among paths written with dots, null when there is none. */
export function firstAmount(value: unknown, ...paths: readonly string[]): number | null {
  for (const path of paths) {
    const found = amount(field(value, ...path.split('.')));
    if (found !== null) return found;
  }
  return null;
}

/** The first text (or number as text) among paths written with dots, null when there is none. */
export function firstText(value: unknown, ...paths: readonly string[]): string | null {
  for (const path of paths) {
    const found = field(value, ...path.split('.'));
    if (typeof found === 'string' && found !== '') return found;
    if (typeof found === 'number') return String(found);
  }
  return null;
}

/** Text as it is, anything else as JSON text; null for what is not there. */
export function asText(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export const entries = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
