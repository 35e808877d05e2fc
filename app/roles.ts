// The roles of the program and its version: what the command line needs before it loads any of them.
import { readFileSync } from 'node:fs';
import type { Config } from '#config';
import { isLoopback } from '#domain/server-names';

export const ROLES = ['collector', 'query-api', 'alerting'] as const;
export type Role = (typeof ROLES)[number];

// One folder up from here, and from where the bundle is.
export const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What is wrong with listening on TELLTALE_HOST, and what to do; null when nothing is. */
export function openBindProblem(
  { TELLTALE_HOST: host, TELLTALE_OPEN: open }: Pick<Config, 'TELLTALE_HOST' | 'TELLTALE_OPEN'>,
  roles: readonly Role[],
): string | null {
  const hasPorts = roles.includes('query-api') || roles.includes('collector');
  if (!hasPorts || isLoopback(host) || open === '1') return null;
  return (
    `TELLTALE_HOST: other machines can reach ${host}, and there is no login: anyone who reaches it can read all traces and send others. ` +
    'Listen on 127.0.0.1 and put a proxy with a login in front, or set TELLTALE_OPEN=1 when a network keeps others out.'
  );
}
