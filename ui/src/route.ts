// Which page an address names, and what a search text means. Pure: the router applies it.
import { headOf } from './whole-text.ts';

export const SETTINGS_TABS = ['rules', 'channels', 'mutes', 'skipped'] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];

export type Route =
  | { readonly page: 'runs' }
  | { readonly page: 'trace'; readonly traceId: string }
  | { readonly page: 'sessions' }
  | { readonly page: 'session'; readonly sessionId: string }
  | { readonly page: 'incidents' }
  | { readonly page: 'incident'; readonly id: string }
  | { readonly page: 'patterns' }
  | { readonly page: 'pattern'; readonly fingerprint: string }
  | { readonly page: 'settings'; readonly tab: SettingsTab }
  | { readonly page: 'digests' }
  | { readonly page: 'digest'; readonly date: string }
  | { readonly page: 'unknown'; readonly path: string };

/** The page of a path. A trace id is lower-cased, since ids are; whether it exists is the API's to say. */
export function routeOf(path: string): Route {
  const parts = path.split('/').filter(Boolean);
  const [first, second] = parts;
  if (parts.length === 0 || (first === 'runs' && parts.length === 1)) return { page: 'runs' };
  if (first === 'sessions' && parts.length === 1) return { page: 'sessions' };
  if (first === 'sessions' && second !== undefined && parts.length === 2) {
    return { page: 'session', sessionId: decoded(second) };
  }
  if (first === 'incidents' && parts.length === 1) return { page: 'incidents' };
  if (first === 'incidents' && second !== undefined && parts.length === 2)
    return { page: 'incident', id: decoded(second) };
  if (first === 'patterns' && second === undefined) return { page: 'patterns' };
  if (first === 'patterns' && second !== undefined && parts.length === 2) {
    return { page: 'pattern', fingerprint: decoded(second).trim().toLowerCase() };
  }
  if (first === 'digests' && parts.length === 1) return { page: 'digests' };
  if (first === 'digests' && parts.length === 2) return { page: 'digest', date: decoded(second ?? '') };
  if (first === 'settings' && parts.length <= 2) {
    const tab = SETTINGS_TABS.find((known) => known === (second ?? SETTINGS_TABS[0]));
    if (tab !== undefined) return { page: 'settings', tab };
  }
  if (first === 'traces' && second !== undefined && parts.length === 2) {
    return { page: 'trace', traceId: decoded(second).trim().toLowerCase() };
  }
  return { page: 'unknown', path };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type Wanted =
  | { readonly what: 'trace'; readonly traceId: string; readonly spanId: string | null }
  | { readonly what: 'text'; readonly q: string }
  | { readonly what: 'nothing' };

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;
const IN_A_LINK = /\/traces?\/([0-9a-f]{32})(?:\?(?:.*&)?span=([0-9a-f]{16}))?/;
const LABELLED = /^(?:trace[ _-]?id)\s*[=:]\s*["']?([0-9a-f]{32})["']?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The longest text the API searches for. */
const Q_MAX = 500;

/**
 * What the reader pasted or typed: a trace id from anywhere (bare, in quotes, with dashes, upper case, `0x`, a W3C
 * traceparent, a link to a trace, `trace_id=…`), or text to look for.
 */
export function wantedOf(typed: string): Wanted {
  const text = typed.trim();
  if (text === '') return { what: 'nothing' };
  const low = text.toLowerCase().replace(/^["'`(<[]+|["'`)>\].,;]+$/g, '');
  const found = TRACEPARENT.exec(low) ?? IN_A_LINK.exec(low) ?? LABELLED.exec(low);
  const bare = UUID.test(low) ? low.replaceAll('-', '') : low.replace(/^0x/, '');
  const traceId = found?.[1] ?? (/^[0-9a-f]{32}$/.test(bare) ? bare : undefined);
  if (traceId !== undefined && !/^0+$/.test(traceId)) return { what: 'trace', traceId, spanId: found?.[2] ?? null };
  return { what: 'text', q: headOf(text, Q_MAX) };
}

/** The address of a trace, and of a span in it. */
export function traceHref(traceId: string, spanId: string | null = null): string {
  const path = `/traces/${encodeURIComponent(traceId)}`;
  return spanId === null ? path : `${path}?span=${encodeURIComponent(spanId)}`;
}

/** The address of a session. Ids are those of strangers: a slash in one is no part of the path. */
export const sessionHref = (sessionId: string): string => `/sessions/${encodeURIComponent(sessionId)}`;

export const incidentHref = (id: string): string => `/incidents/${encodeURIComponent(id)}`;
export const patternHref = (fingerprint: string): string => `/patterns/${encodeURIComponent(fingerprint)}`;
