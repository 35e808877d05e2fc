// The scripts of the built interface: which of them an address loads, and how large they are on the wire.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from './tracked-files.ts';

const DIST = join(ROOT, 'ui/dist');

/** The scripts that index.html names, by path from the root of the site. */
function scriptsOfIndex(): string[] {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  const named = html.matchAll(/<(?:script|link)[^>]*(?:src|href)="([^"]+\.js)"/g);
  return [...named].map(([, path]) => path as string);
}

/** What a script imports before it runs; what it loads later is not among it. */
function importsOf(path: string): string[] {
  const code = readFileSync(join(DIST, path), 'utf8');
  return [...code.matchAll(/(?:\bfrom|\bimport)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)].map(([, file]) => `/assets/${file}`);
}

/** Every script that shows a page, `RunsPage` for example, sorted. */
export function scriptsOfPage(page: string): string[] {
  const chunk = readdirSync(join(DIST, 'assets')).find((file) => file.startsWith(`${page}-`) && file.endsWith('.js'));
  if (chunk === undefined) throw new Error(`ui/dist has no script of its own for ${page}`);
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const imported of importsOf(path)) add(imported);
  };
  for (const path of [...scriptsOfIndex(), `/assets/${chunk}`]) add(path);
  return [...found].sort();
}

export const gzipBytes = (path: string): number => gzipSync(readFileSync(join(DIST, path)), { level: 6 }).length;
