// The filters of the run list, spelled as in the address and the API.
import type { QueryFor } from '../api.ts';
import { headOf } from '../whole-text.ts';

/** Parameters of `listRuns` that the list understands; others in the address are ignored. */
export const FILTERS = [
  'from',
  'to',
  'q',
  'agent',
  'service',
  'status',
  'errorType',
  'sessionId',
  'userId',
  'model',
  'minDurationMs',
  'minCostUsd',
  'maxConfidence',
  'fingerprint',
  'attr',
] as const satisfies readonly (keyof QueryFor<'listRuns'>)[];
export type FilterName = (typeof FILTERS)[number];

/** These may be given more than once: any of the values matches. */
const MANY: ReadonlySet<string> = new Set([
  'agent',
  'service',
  'status',
  'errorType',
  'sessionId',
  'userId',
  'model',
  'fingerprint',
  'attr',
]);

export interface Filter {
  readonly name: FilterName;
  readonly value: string;
}

/** The filters that an address holds, in the order of `FILTERS`, empty and repeated ones left out. */
export function filtersOf(params: URLSearchParams): Filter[] {
  return FILTERS.flatMap((name) => {
    const values = [...new Set(params.getAll(name).filter((value) => value !== ''))];
    return (MANY.has(name) ? values : values.slice(0, 1)).map((value) => ({ name, value }));
  });
}

/** The query for the API: the filters, a page size and a cursor. */
export function queryOf(filters: readonly Filter[], limit: number, cursor: string | null = null): URLSearchParams {
  const params = new URLSearchParams(filters.map(({ name, value }) => [name, value]));
  params.set('limit', String(limit));
  if (cursor !== null) params.set('cursor', cursor);
  return params;
}

/** The address with a filter added (a single-valued one replaces its predecessor). */
export function withFilter(params: URLSearchParams, { name, value }: Filter): URLSearchParams {
  const next = new URLSearchParams(params);
  if (!MANY.has(name)) next.delete(name);
  if (!next.getAll(name).includes(value)) next.append(name, value);
  return next;
}

/** The address without one value of a filter. */
export function withoutFilter(params: URLSearchParams, { name, value }: Filter): URLSearchParams {
  const next = new URLSearchParams(params);
  const rest = next.getAll(name).filter((each) => each !== value);
  next.delete(name);
  for (const each of rest) next.append(name, each);
  return next;
}

/** What was typed into the filter box: `agent:refund-desk`, `confidence<0.7`, `attr:key=value`, or plain text. */
export function typedFilter(text: string): Filter | null {
  const typed = text.trim();
  if (typed === '') return null;
  const confidence = /^(?:max)?confidence\s*(?:<=?|:)\s*(\d*\.?\d+)$/i.exec(typed);
  if (confidence?.[1] !== undefined) return { name: 'maxConfidence', value: confidence[1] };
  const field = /^([A-Za-z]+):\s*(.+)$/.exec(typed);
  const name = FILTERS.find((each) => each.toLowerCase() === field?.[1]?.toLowerCase());
  if (name !== undefined && field?.[2] !== undefined) return { name, value: meant(name, unquoted(field[2])) };
  return { name: 'q', value: headOf(typed, 500) };
}

/** The API's value of a status, which the list shows under another word. */
const meant = (name: FilterName, value: string): string => {
  if (name !== 'status') return value;
  const low = value.toLowerCase();
  return low === 'failed' ? 'error' : low;
};

const unquoted = (text: string): string => /^"(.*)"$/.exec(text)?.[1] ?? text;

/** A filter as a reader sees it: name, sign, value. */
export function spoken({ name, value }: Filter): { name: string; sign: string; value: string } {
  if (name === 'maxConfidence') return { name: 'confidence', sign: '≤', value };
  if (name === 'minDurationMs') return { name: 'took', sign: '≥', value: `${value} ms` };
  if (name === 'minCostUsd') return { name: 'cost', sign: '≥', value: `$${value}` };
  if (name === 'fingerprint') return { name: 'pattern', sign: ' ', value: value.slice(0, 8) };
  if (name === 'q') return { name: 'text', sign: ':', value };
  if (name === 'from' || name === 'to') return { name: name === 'from' ? 'since' : 'before', sign: ' ', value };
  return { name, sign: ':', value };
}
