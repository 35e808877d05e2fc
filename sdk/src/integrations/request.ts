// fetch for a connected service: with its address, version, token, key and trace headers, and HTTP errors as rejections.
import { propagationHeaders } from '../propagate.ts';
import { HttpError } from '../reliability/http-error.ts';

export interface RequestFacts {
  service: string;
  baseUrl: string | undefined;
  /** Name and value; sent to the service's own origin only. */
  ownHeaders: ReadonlyArray<readonly [string, string]>;
  signal: AbortSignal;
  /** Called before every request is sent. */
  onRequest: (method: string) => void;
  /** Called with every answer, errors included. */
  onAnswer: (response: Response) => void;
}

/** As fetch, relative to the service's address. Rejects with an HttpError unless the status is 2xx or 3xx. */
export type ServiceFetch = (path: string, init?: RequestInit) => Promise<Response>;

export function serviceFetch(facts: RequestFacts): ServiceFetch {
  return async (path, init = {}) => {
    const url = new URL(path, facts.baseUrl);
    const headers = new Headers(init.headers);
    // Another origin gets neither the token nor the key: the address may come from an answer.
    const isOwn = facts.baseUrl === undefined || url.origin === new URL(facts.baseUrl).origin;
    const added = [...(isOwn ? facts.ownHeaders : []), ...Object.entries(propagationHeaders())];
    for (const [name, value] of added) if (!headers.has(name)) headers.set(name, value);
    const signal = init.signal ? AbortSignal.any([facts.signal, init.signal]) : facts.signal;
    facts.onRequest((init.method ?? 'GET').toUpperCase());
    const response = await fetch(url, { ...init, headers, signal });
    facts.onAnswer(response);
    if (response.status >= 400) throw await HttpError.from(response, facts.service);
    return response;
  };
}
