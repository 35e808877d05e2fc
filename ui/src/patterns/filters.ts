// The filters of the list of patterns, exactly as the address and the API spell them. Pure.
import type { QueryFor } from '../api.ts';

type Query = QueryFor<'listPatterns'>;

export const FACETS = [
  ['status', 'Status'],
  ['agent', 'Agent'],
  ['errorType', 'Error type'],
  ['tool', 'Tool'],
  ['model', 'Model'],
  ['version', 'Version'],
  ['service', 'Service'],
  ['assignee', 'Assignee'],
] as const satisfies readonly (readonly [name: keyof Query, words: string])[];

const SINGLE = ['from', 'to', 'q', 'sort'] as const satisfies readonly (keyof Query)[];
const MANY = FACETS.map(([name]) => name);

/** The API query of an address; other parameters are left out. */
export function queryOf(params: URLSearchParams, limit: number, cursor: string | null = null): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of SINGLE) {
    const value = params.get(name);
    if (value !== null && value !== '') query.set(name, value);
  }
  for (const name of MANY) {
    for (const value of new Set(params.getAll(name))) if (value !== '') query.append(name, value);
  }
  query.set('limit', String(limit));
  if (cursor !== null) query.set('cursor', cursor);
  return query;
}

/** The filters in force that narrow the list, apart from the time. */
export function tokensOf(params: URLSearchParams): { name: string; value: string }[] {
  const q = params.get('q');
  const tokens = MANY.flatMap((name) =>
    [...new Set(params.getAll(name))].map((value) => ({ name: name as string, value })),
  );
  return [...(q === null || q === '' ? [] : [{ name: 'q', value: q }]), ...tokens.filter(({ value }) => value !== '')];
}

/** The address with a value of a filter added, or taken away. */
export function toggled(params: URLSearchParams, name: string, value: string, on: boolean): URLSearchParams {
  const next = new URLSearchParams(params);
  const rest = next.getAll(name).filter((each) => each !== value);
  next.delete(name);
  for (const each of on ? [...rest, value] : rest) next.append(name, each);
  return next;
}
