// The roles of the program and its version: what the command line knows before it loads any of them.
import { readFileSync } from 'node:fs';

export const ROLES = ['collector', 'query-api', 'alerting'] as const;
export type Role = (typeof ROLES)[number];

// One folder up from here, and from where the bundle is.
export const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
