// Filters name what senders sent; long names are stored cut (native/cut-name.ts), and found by what is stored of them.
import { storedName } from './native/cut-name.ts';

/** Filters of a list that are compared with names. */
const NAME_FILTERS = ['agent', 'service', 'model', 'sessionId', 'userId'] as const;
type NameFilters = Partial<Readonly<Record<(typeof NAME_FILTERS)[number], readonly string[] | undefined>>>;

/** The same question, its names as they are stored. */
export function withStoredNames<Query extends NameFilters>(query: Query): Query {
  const names: [string, string[]][] = NAME_FILTERS.flatMap((filter) => {
    const wanted = query[filter];
    return wanted === undefined ? [] : [[filter, wanted.map(storedName)]];
  });
  return { ...query, ...Object.fromEntries(names) };
}
