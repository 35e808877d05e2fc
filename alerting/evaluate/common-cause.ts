// Finds one cause behind several patterns: when most of what fails asked the same provider, one incident covers it
// and lists the patterns. Pure.
import type { StoredIncident } from '#storage/journal-shapes';
import type { ErrorFacts } from '#storage/read-error-facts';

/** This share of the errors of all firing patterns must have the cause in common. */
const SHARE = 0.6;
const FEWEST_PATTERNS = 2;

// Errors of a service that is down, slow or refuses; not those of a request that is wrong.
const OUTAGE =
  /time.?out|timed out|deadline|ECONN|ENOTFOUND|EAI_AGAIN|connection|network|unavailable|overloaded|rate.?limit|too many requests|quota|unauthori[sz]ed|authenticat|\b(401|403|429|5\d\d)\b/i;

export interface FiringPattern {
  readonly incident: StoredIncident;
  /** What its errors of the newest window have in common. */
  readonly facts: ErrorFacts;
}

export interface CommonCause {
  /** `provider:openai`, `host:api.openai.com` or `model:gpt-5`. */
  readonly subject: string;
  readonly what: 'provider' | 'host' | 'model';
  readonly name: string;
  readonly children: readonly FiringPattern[];
  /** Errors of the children, and of all firing patterns. */
  readonly count: number;
  readonly total: number;
}

/** The cause that most firing patterns share, or null. */
export function findCommonCause(firing: readonly FiringPattern[]): CommonCause | null {
  const total = firing.reduce((sum, { facts }) => sum + facts.count, 0);
  const outages = firing.filter(({ incident }) => OUTAGE.test(`${incident.errorType} ${incident.message}`));
  for (const [what, counts] of WAYS) {
    const names = new Map<string, number>();
    for (const { facts } of outages)
      for (const [name, count] of Object.entries(counts(facts))) names.set(name, (names.get(name) ?? 0) + count);
    const [top] = [...names].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
    if (top === undefined || top[1] < SHARE * total) continue;
    const [name, count] = top;
    const children = outages.filter(({ facts }) => (counts(facts)[name] ?? 0) >= SHARE * facts.count);
    if (children.length >= FEWEST_PATTERNS) return { subject: `${what}:${name}`, what, name, children, count, total };
  }
  return null;
}

/** The name people know first. */
const WAYS: readonly (readonly [CommonCause['what'], (facts: ErrorFacts) => Readonly<Record<string, number>>])[] = [
  ['provider', (facts) => facts.byProvider],
  ['host', (facts) => facts.byPeer],
  ['model', (facts) => facts.byModel],
];
