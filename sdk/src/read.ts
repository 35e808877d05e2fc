// Reads untrusted values of servers and agents: anything may be missing or of another type, whatever the types say.

/** The value at a path of keys; undefined when the path does not exist, or a property throws when it is read. */
export function at(value: unknown, ...path: readonly PropertyKey[]): unknown {
  let here = value;
  try {
    for (const key of path) {
      if (typeof here !== 'object' || here === null) return undefined;
      here = Reflect.get(here, key);
    }
  } catch {
    return undefined;
  }
  return here;
}

export function textAt(value: unknown, ...path: readonly PropertyKey[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: unknown, ...path: readonly PropertyKey[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

export function listAt(value: unknown, ...path: readonly PropertyKey[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** `instanceof` for untrusted values: a proxy may throw. */
export function isA<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}
