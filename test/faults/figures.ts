// Writes the figures of a run into docs/reliability.md: one row for each fault, of its last run, with the day.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const FROM = '<!-- figures -->\n';
const TO = '<!-- /figures -->';
const HEAD = '| Fault | Breaks | Promise | Figures | Took |\n|---|---|---|---|---|\n';

/** Replaces the rows of these faults and keeps the others. @throws when the document has no place for them */
export async function writeFigures(rows: ReadonlyMap<string, string>, order: readonly string[]): Promise<void> {
  const text = await readFile(FILE, 'utf8');
  const [from, to] = [text.indexOf(FROM), text.indexOf(TO)];
  if (from < 0 || to < from) throw new Error('docs/reliability.md has no place for the figures');
  const all = new Map<string, string>();
  for (const line of text.slice(from, to).split('\n')) {
    const name = /^\| (F\d+) \|/.exec(line)?.[1];
    if (name !== undefined) all.set(name, line);
  }
  for (const [name, row] of rows) all.set(name, row);
  const lines = order.flatMap((name) => all.get(name) ?? []);
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.version}`;
  const head = `${machine}; the last run of each:\n\n${HEAD}`;
  await writeFile(FILE, `${text.slice(0, from)}${FROM}${head}${lines.join('\n')}\n${text.slice(to)}`);
}
