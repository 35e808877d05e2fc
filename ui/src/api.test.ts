// The client made from the table of routes: method, path, query and body as the API takes them, and what failures become.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, api, failureOf } from './api.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const fetched = vi.fn<typeof fetch>();
beforeEach(() => {
  fetched.mockReset().mockImplementation(async () => Response.json({}));
  vi.stubGlobal('fetch', fetched);
});
afterEach(() => vi.unstubAllGlobals());

const asked = () => {
  const [path, { method, body, headers } = {}] = fetched.mock.calls[0] ?? [];
  return { path, method, body, type: new Headers(headers).get('content-type') };
};

describe('a call', () => {
  it('of a route without anything is its path alone', async () => {
    await api.listIncidents();
    expect(asked()).toEqual({ path: '/api/incidents', method: 'GET', body: undefined, type: null });
  });

  it('escapes parameters, gives lists value by value and leaves out what is undefined', async () => {
    await api.getSession({ params: { sessionId: 'a/b ?$&' } });
    expect(asked().path).toBe('/api/sessions/a%2Fb%20%3F%24%26');
    fetched.mockClear();
    await api.listRuns({ query: { agent: ['a', 'b&c'], q: undefined, limit: 5 } });
    expect(asked().path).toBe('/api/runs?agent=a&agent=b%26c&limit=5');
    fetched.mockClear();
    await api.listRuns({ query: new URLSearchParams('status=ok&status=error') });
    expect(asked().path).toBe('/api/runs?status=ok&status=error');
  });

  it('that changes something sends JSON', async () => {
    await api.acknowledgeIncident({ params: { id: 'i' }, query: { by: 'me' }, body: { note: 'on it' } });
    expect(asked()).toEqual({
      path: '/api/incidents/i/ack?by=me',
      method: 'POST',
      body: '{"note":"on it"}',
      type: 'application/json',
    });
  });
});

describe('a failure', () => {
  const failure = () => api.getTrace({ params: { traceId: TRACE } }).catch(failureOf);

  it('of the API carries the error of the API', async () => {
    const error = { code: 'trace_not_found', message: 'No such trace.', hint: 'Check the id.' };
    fetched.mockResolvedValue(Response.json({ error }, { status: 404 }));
    expect(await failure()).toMatchObject({ ...error, status: 404 });
  });

  it('of the network, and an answer that is not JSON, have codes of their own', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'));
    expect(await failure()).toMatchObject({ code: 'unreachable', status: 0 });
    fetched.mockResolvedValue(new Response('<html>', { status: 502 }));
    expect(await failure()).toMatchObject({ code: 'not_json', status: 502 });
    fetched.mockResolvedValue(Response.json([], { status: 500 }));
    expect(await failure()).toMatchObject({ code: 'unknown', status: 500 });
  });

  it('after the caller gave up is the abort itself', async () => {
    const stop = new AbortController();
    fetched.mockImplementation(async () => {
      stop.abort();
      throw stop.signal.reason;
    });
    const error: unknown = await api.getStatus({ signal: stop.signal }).catch((cause: unknown) => cause);
    expect(error).not.toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ name: 'AbortError' });
  });
});
