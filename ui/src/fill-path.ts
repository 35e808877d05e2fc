// A path of the table with its names filled in, and the way back. Pure.
import type { NamesIn } from '#contracts/paths';

/** Ids are untrusted: a slash in one must not separate path segments. */
export function fillPath<P extends string>(path: P, values: Readonly<Record<NamesIn<P>, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((values as Readonly<Record<string, string>>)[name] ?? ''),
  );
}

/** The values that a path has of a pattern's names; null when it is another path. Slashes at the end do not count. */
export function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = partsOf(pattern);
  const found = partsOf(path);
  if (wanted.length !== found.length) return null;
  const values: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined) values[name] = decoded(found[i] as string);
    else if (part !== found[i]) return null;
  }
  return values;
}

const partsOf = (path: string): string[] => path.split('/').filter(Boolean);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
