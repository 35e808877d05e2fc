// Addresses name pages, and a pasted trace id is recognized in the forms people copy it in.
import { describe, expect, it } from 'vitest';
import { hrefOf, type KnownRoute, routeOf, sessionHref, traceHref, wantedOf } from './route.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('routes', () => {
  it('name the pages that exist', () => {
    expect(routeOf('/')).toEqual({ page: 'runs' });
    expect(routeOf('/runs')).toEqual({ page: 'runs' });
    expect(routeOf('/runs/')).toEqual({ page: 'runs' });
    expect(routeOf('/incidents')).toEqual({ page: 'incidents' });
    expect(routeOf('/sessions')).toEqual({ page: 'sessions' });
    expect(routeOf(sessionHref('s 1/ä?'))).toEqual({ page: 'session', sessionId: 's 1/ä?' });
    expect(routeOf('/digests')).toEqual({ page: 'digests' });
    expect(routeOf('/digests/2026-11-20')).toEqual({ page: 'digest', date: '2026-11-20' });
    expect(routeOf('/settings')).toEqual({ page: 'settings', tab: 'rules' });
    expect(routeOf('/settings/rules')).toEqual({ page: 'settings', tab: 'rules' });
    expect(routeOf(`/traces/${ID.toUpperCase()}`)).toEqual({ page: 'trace', traceId: ID });
  });
  it('anything else is unknown, and a broken escape does not throw', () => {
    expect(routeOf('/settings/more')).toEqual({ page: 'unknown', path: '/settings/more' });
    expect(routeOf('/setting')).toEqual({ page: 'unknown', path: '/setting' });
    expect(routeOf('/runs/more')).toEqual({ page: 'unknown', path: '/runs/more' });
    expect(routeOf('/traces/%E0%A4%A')).toEqual({ page: 'trace', traceId: '%e0%a4%a' });
  });
  it.each<KnownRoute>([
    { page: 'runs' },
    { page: 'trace', traceId: ID },
    { page: 'session', sessionId: 'a/b?c#d %41 {sessionId} $& ä' },
    { page: 'incident', id: '../..' },
    { page: 'pattern', fingerprint: '0123abcd' },
    { page: 'digest', date: '2026-11-20' },
    { page: 'settings', tab: 'skipped' },
  ])('$page: an address leads to the page it was made of', (route) => {
    expect(routeOf(hrefOf(route))).toEqual(route);
  });
  it('a query is escaped, and an empty one adds nothing', () => {
    expect(hrefOf({ page: 'runs' }, { q: 'a&b=c' })).toBe('/runs?q=a%26b%3Dc');
    expect(hrefOf({ page: 'runs' }, new URLSearchParams())).toBe('/runs');
  });
  it('a link to a span escapes what it is given', () => {
    expect(traceHref(ID)).toBe(`/traces/${ID}`);
    expect(traceHref(ID, '00f067aa0ba902b7')).toBe(`/traces/${ID}?span=00f067aa0ba902b7`);
    expect(traceHref('a/b', 'c&d')).toBe('/traces/a%2Fb?span=c%26d');
  });
});

describe('search', () => {
  it.each([
    ID,
    ` ${ID}\n`,
    ID.toUpperCase(),
    `"${ID}",`,
    `0x${ID}`,
    '4bf92f35-77b3-4da6-a3ce-929d0e0e4736',
    `trace_id=${ID}`,
    `TraceId: "${ID}"`,
    `https://telltale.example/traces/${ID}`,
  ])('finds the trace in %j', (text) => {
    expect(wantedOf(text)).toEqual({ what: 'trace', traceId: ID, spanId: null });
  });
  it('takes the span along from a traceparent or a link', () => {
    const wanted = { what: 'trace', traceId: ID, spanId: '00f067aa0ba902b7' };
    expect(wantedOf(`00-${ID}-00f067aa0ba902b7-01`)).toEqual(wanted);
    expect(wantedOf(`http://localhost:4319/traces/${ID}?span=00f067aa0ba902b7`)).toEqual(wanted);
  });
  it('anything else is text, cut to what the API takes', () => {
    expect(wantedOf('refund 48213')).toEqual({ what: 'text', q: 'refund 48213' });
    expect(wantedOf('0'.repeat(32))).toEqual({ what: 'text', q: '0'.repeat(32) });
    expect(wantedOf(ID.slice(1))).toEqual({ what: 'text', q: ID.slice(1) });
    expect(wantedOf('x'.repeat(900))).toEqual({ what: 'text', q: 'x'.repeat(500) });
    expect(wantedOf('  ')).toEqual({ what: 'nothing' });
  });
});
