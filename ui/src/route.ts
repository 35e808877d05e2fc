// Which page an address names, the address of a page, and what a search text means. Pure: the router applies it.
import { type NamesIn, PAGES, type PageName, SHORT_PATHS } from '#contracts/paths';
import { fillPath, matchPath } from './fill-path.ts';
import { headOf } from './whole-text.ts';

export const SETTINGS_TABS = ['rules', 'channels', 'mutes', 'skipped'] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];

type Values<P extends PageName> = P extends 'settings'
  ? { readonly tab: SettingsTab }
  : { readonly [Name in NamesIn<(typeof PAGES)[P]>]: string };
/** A page of the table with the values of its path. */
export type KnownRoute = { [P in PageName]: { readonly page: P } & Values<P> }[PageName];
export type Route = KnownRoute | { readonly page: 'unknown'; readonly path: string };

/** Path values that are lower-cased, since they are hexadecimal; the API decides whether one exists. */
const HEXADECIMAL: readonly string[] = ['traceId', 'fingerprint'];

/** The page of a path. */
export function routeOf(path: string): Route {
  const whole = Object.entries(SHORT_PATHS).find(([short]) => matchPath(short, path) !== null)?.[1] ?? path;
  for (const [page, pattern] of Object.entries(PAGES)) {
    const found = matchPath(pattern, whole);
    if (found === null || (page === 'settings' && !SETTINGS_TABS.some((tab) => tab === found.tab))) continue;
    const values = Object.entries(found).map(([name, value]) => [
      name,
      HEXADECIMAL.includes(name) ? value.trim().toLowerCase() : value,
    ]);
    return { page, ...Object.fromEntries(values) } as KnownRoute;
  }
  return { page: 'unknown', path };
}

/** The address of a page: `hrefOf({ page: 'runs' }, { status: 'error' })`. Values may hold anything. */
export function hrefOf(route: KnownRoute, query: URLSearchParams | Readonly<Record<string, string>> = {}): string {
  const { page, ...values } = route;
  const text = new URLSearchParams(query).toString();
  const path = fillPath(PAGES[page] as string, values as Readonly<Record<string, string>>);
  return text === '' ? path : `${path}?${text}`;
}

export type Wanted =
  | { readonly what: 'trace'; readonly traceId: string; readonly spanId: string | null }
  | { readonly what: 'text'; readonly q: string }
  | { readonly what: 'nothing' };

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;
const IN_A_LINK = /\/traces?\/([0-9a-f]{32})(?:\?(?:.*&)?span=([0-9a-f]{16}))?/;
const LABELED = /^(?:trace[ _-]?id)\s*[=:]\s*["']?([0-9a-f]{32})["']?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The longest text the API searches for. */
const Q_MAX = 500;

/**
 * Interprets pasted or typed text: a trace id in any form (bare, in quotes, with dashes, upper case, `0x`, a W3C
 * traceparent, a link to a trace, `trace_id=…`), or text to search for.
 */
export function wantedOf(typed: string): Wanted {
  const text = typed.trim();
  if (text === '') return { what: 'nothing' };
  const low = text.toLowerCase().replace(/^["'`(<[]+|["'`)>\].,;]+$/g, '');
  const found = TRACEPARENT.exec(low) ?? IN_A_LINK.exec(low) ?? LABELED.exec(low);
  const bare = UUID.test(low) ? low.replaceAll('-', '') : low.replace(/^0x/, '');
  const traceId = found?.[1] ?? (/^[0-9a-f]{32}$/.test(bare) ? bare : undefined);
  if (traceId !== undefined && !/^0+$/.test(traceId)) return { what: 'trace', traceId, spanId: found?.[2] ?? null };
  return { what: 'text', q: headOf(text, Q_MAX) };
}

/** The address of a trace, and of a span in it. */
export const traceHref = (traceId: string, spanId: string | null = null): string =>
  hrefOf({ page: 'trace', traceId }, spanId === null ? {} : { span: spanId });

export const sessionHref = (sessionId: string): string => hrefOf({ page: 'session', sessionId });
export const incidentHref = (id: string): string => hrefOf({ page: 'incident', id });
export const patternHref = (fingerprint: string): string => hrefOf({ page: 'pattern', fingerprint });
