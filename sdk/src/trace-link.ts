// The link from an escalation to what the agent did: the run page of Telltale.
import { quietly } from './quietly.ts';
import { currentPipeline } from './start.ts';

const NO_TRACE = /^0*$/;
/** The default ports on which Telltale receives spans and shows them. */
const DEFAULT_OTLP_PORT = '4318';
const DEFAULT_PAGES_PORT = '4319';

/**
 * The address of the run page. Pages are where TELLTALE_PUBLIC_URL says; else beside a receiver on Telltale's own port
 * 4318. null when neither is known or nothing is recorded: a wrong link is worse than none. Never throws.
 */
export function traceLink(traceId: string, spanId?: string): string | null {
  return quietly(() => buildLink(traceId, spanId)) ?? null;
}

function buildLink(traceId: string, spanId: string | undefined): string | null {
  const settings = currentPipeline()?.settings;
  if (settings === undefined || NO_TRACE.test(traceId)) return null;
  const pages = pagesUrl(settings.url);
  if (pages === null) return null;
  const span = spanId === undefined || NO_TRACE.test(spanId) ? '' : `?span=${spanId}`;
  return `${pages}/traces/${traceId}${span}`;
}

function pagesUrl(exportUrl: string): string | null {
  const configured = process.env.TELLTALE_PUBLIC_URL?.trim();
  if (configured) return /^https?:$/.test(new URL(configured).protocol) ? configured.replace(/\/+$/, '') : null;
  const url = new URL(exportUrl);
  return url.port === DEFAULT_OTLP_PORT ? `${url.protocol}//${url.hostname}:${DEFAULT_PAGES_PORT}` : null;
}
