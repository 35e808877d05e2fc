// Which error patterns people made one. Pure.
/** Aliases as stored: fingerprint → the one it counts as. */
export type Aliases = ReadonlyMap<string, string>;

/** The pattern that a fingerprint counts as; itself when nobody merged it. Chains are followed, circles broken. */
export function canonicalOf(aliases: Aliases, fingerprint: string): string {
  const seen = new Set([fingerprint]);
  let at = fingerprint;
  for (;;) {
    const next = aliases.get(at);
    if (next === undefined) return at;
    // Two people may have merged the same pair both ways; the lowest represents the whole cycle.
    if (seen.has(next)) return lowestOfCircle(aliases, next);
    seen.add(next);
    at = next;
  }
}

function lowestOfCircle(aliases: Aliases, start: string): string {
  let lowest = start;
  for (let at = aliases.get(start) as string; at !== start; at = aliases.get(at) as string) {
    if (at < lowest) lowest = at;
  }
  return lowest;
}

/** Each fingerprint that counts as another one, and the pattern that both are in the end. */
export function flatten(aliases: Aliases): Aliases {
  const flat = [...aliases.keys()].map((each) => [each, canonicalOf(aliases, each)] as const);
  return new Map(flat.filter(([from, to]) => from !== to));
}

/** All fingerprints that count as the same pattern, the one they count as first, the others sorted. */
export function membersOf(aliases: Aliases, fingerprint: string): string[] {
  const canonical = canonicalOf(aliases, fingerprint);
  const others = [...aliases.keys()].filter((each) => each !== canonical && canonicalOf(aliases, each) === canonical);
  return [canonical, ...others.sort()];
}

/** `membersOf` for many fingerprints: worked out once for all aliases. */
export function membersIn(aliases: Aliases): (fingerprint: string) => string[] {
  const others = new Map<string, string[]>();
  for (const each of aliases.keys()) {
    const canonical = canonicalOf(aliases, each);
    if (canonical === each) continue;
    const members = others.get(canonical);
    if (members === undefined) others.set(canonical, [each]);
    else members.push(each);
  }
  for (const members of others.values()) members.sort();
  return (fingerprint) => {
    const canonical = canonicalOf(aliases, fingerprint);
    return [canonical, ...(others.get(canonical) ?? [])];
  };
}

/**
 * What has to be set so that `fingerprints` count as `into`, and so does all that counted as them: alias → of.
 * `into` itself becomes nobody's alias (null).
 */
export function mergeChanges(
  aliases: Aliases,
  into: string,
  fingerprints: readonly string[],
): ReadonlyMap<string, string | null> {
  const changes = new Map<string, string | null>();
  const target = canonicalOf(aliases, into);
  for (const member of fingerprints.flatMap((each) => membersOf(aliases, each))) {
    if (member !== target && aliases.get(member) !== target) changes.set(member, target);
  }
  if (aliases.has(target)) changes.set(target, null);
  return changes;
}
