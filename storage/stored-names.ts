// Filters name what senders sent; long names are stored cut (native/cut-name.ts), and found by what is stored of them.
import { headOf } from '#domain/clip';
import { storedName } from './native/cut-name.ts';

/** Filters of a list that are compared with names. */
const NAME_FILTERS = ['agent', 'service', 'model', 'sessionId', 'userId', 'tool', 'version'] as const;
type Names = readonly string[] | undefined;
type NameFilters = Partial<Readonly<Record<(typeof NAME_FILTERS)[number] | 'errorType', Names>>>;

const ERROR_TYPE_MAX_CHARS = 200;

/** What is kept of an error type, before it is cut as every name is. */
export const headOfErrorType = (errorType: string): string => headOf(errorType, ERROR_TYPE_MAX_CHARS);

/** What error types are stored as. One that was read from storage is itself: its hash may end beyond the characters. */
const storedErrorTypes = (wanted: readonly string[]): string[] => [
  ...new Set(wanted.flatMap((errorType) => [storedName(headOfErrorType(errorType)), storedName(errorType)])),
];

/** The same question, its names as they are stored. */
export function withStoredNames<Query extends NameFilters>(query: Query): Query {
  const names: [string, string[]][] = NAME_FILTERS.flatMap((filter) => {
    const wanted = query[filter];
    return wanted === undefined ? [] : [[filter, wanted.map(storedName)]];
  });
  const { errorType } = query;
  if (errorType !== undefined) names.push(['errorType', storedErrorTypes(errorType)]);
  return { ...query, ...Object.fromEntries(names) };
}

/** What rules are narrowed to. */
type Scope = Partial<Readonly<Record<'agents' | 'services' | 'errorTypes' | 'decisions', Names>>>;

/** The same scope, its names as they are stored. */
export const storedScope = ({ agents, services, errorTypes, decisions }: Scope) => ({
  agents: agents?.map(storedName),
  services: services?.map(storedName),
  errorTypes: errorTypes && storedErrorTypes(errorTypes),
  decisions: decisions?.map(storedName),
});
