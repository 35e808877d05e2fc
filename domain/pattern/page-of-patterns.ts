// The list made of all patterns of a time: filtered, counted, in order, page by page. Pure.
import type { Pattern, PatternPage } from '#contracts/pattern';
import type { PatternQuery } from '#contracts/pattern-query';
import { TelltaleError } from '../errors.ts';

/** Each field that can be filtered by, and what a pattern has of it. */
const FIELDS = {
  status: ({ status }: Pattern) => [status],
  agent: ({ agents }: Pattern) => agents,
  service: ({ services }: Pattern) => services,
  errorType: ({ errorType }: Pattern) => [errorType],
  tool: ({ tools }: Pattern) => tools,
  model: ({ models }: Pattern) => models,
  version: ({ versions }: Pattern) => versions,
  assignee: ({ assignee }: Pattern) => [assignee ?? ''],
} as const satisfies Record<string, (pattern: Pattern) => readonly string[]>;

type Field = keyof typeof FIELDS;

const FIELD_NAMES = Object.keys(FIELDS) as Field[];

const MAX_VALUES = 20;

/** Patterns that match every filter; of one filter any value. Filters apply to the pattern in the whole requested time range. */
function filterPatterns(patterns: readonly Pattern[], query: PatternQuery, without: Field | null = null): Pattern[] {
  const q = query.q?.toLowerCase();
  return patterns.filter((pattern) => {
    if (q !== undefined && !`${pattern.title}\n${pattern.template}`.toLowerCase().includes(q)) return false;
    return FIELD_NAMES.every((field) => {
      const wanted: readonly string[] | undefined = query[field];
      return (
        field === without || wanted === undefined || FIELDS[field](pattern).some((value) => wanted.includes(value))
      );
    });
  });
}

/** @throws TelltaleError bad_request for a cursor that is not of this list */
export function pageOfPatterns(
  patterns: readonly Pattern[],
  query: PatternQuery,
): Pick<PatternPage, 'patterns' | 'nextCursor' | 'total' | 'facets'> {
  const matching = filterPatterns(patterns, query).sort((a, b) => compareKeys(keyOf(b, query), keyOf(a, query)));
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor);
  const rest = after === null ? matching : matching.filter((each) => compareKeys(keyOf(each, query), after) < 0);
  const page = rest.slice(0, query.limit);
  const last = page.at(-1);
  return {
    patterns: page,
    nextCursor: rest.length > page.length && last !== undefined ? keyOf(last, query).join('-') : null,
    total: { patterns: matching.length, errors: matching.reduce((sum, { errors }) => sum + errors, 0) },
    facets: Object.fromEntries(
      FIELD_NAMES.map((field) => [field, facetOf(filterPatterns(patterns, query, field), field)]),
    ),
  };
}

type Key = readonly [value: number, fingerprint: string];

function keyOf(pattern: Pattern, { sort }: PatternQuery): Key {
  const value = sort === 'errors' || sort === 'runs' ? pattern[sort] : Date.parse(pattern[sort]);
  return [value, pattern.fingerprint];
}

function compareKeys([a, x]: Key, [b, y]: Key): number {
  return a - b || (x < y ? -1 : x > y ? 1 : 0);
}

function decodeCursor(cursor: string): Key {
  const [, value, fingerprint] = /^(\d{1,16})-([0-9a-f]{8,64})$/.exec(cursor) ?? [];
  if (value === undefined || fingerprint === undefined) {
    throw new TelltaleError('bad_request', 'cursor: not a cursor of this list', {
      hint: 'Take nextCursor from the page before as it is, or leave cursor out to start at the top.',
    });
  }
  return [Number(value), fingerprint];
}

function facetOf(patterns: readonly Pattern[], field: Field): PatternPage['facets'][string] {
  const counts = new Map<string, number>();
  for (const pattern of patterns) {
    for (const value of new Set(FIELDS[field](pattern))) {
      if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, MAX_VALUES);
}
