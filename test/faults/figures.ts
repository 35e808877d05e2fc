// Writes the figures of a run into docs/reliability.md, with what they were measured on.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const FROM = '<!-- figures -->\n';
const TO = '<!-- /figures -->';

/** @throws when the document has no place for them */
export async function writeFigures(lines: readonly string[], words: readonly string[]): Promise<void> {
  const text = await readFile(FILE, 'utf8');
  const [from, to] = [text.indexOf(FROM), text.indexOf(TO)];
  if (from < 0 || to < from) throw new Error('docs/reliability.md has no place for the figures');
  const counts = Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith('FAULT_') ? [`${name}=${value} `] : [],
  );
  const command = `${counts.join('')}npm run faults${words.length > 0 ? ` -- ${words.join(' ')}` : ''}`;
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.version}`;
  const head = `${date}, ${machine}, embedded engine, \`${command}\`:\n\n| Fault | Breaks | Promise | Figures | Took |\n|---|---|---|---|---|\n`;
  await writeFile(FILE, `${text.slice(0, from)}${FROM}${head}${lines.join('\n')}\n${text.slice(to)}`);
}
