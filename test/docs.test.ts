// The documents match the code: lists are compared with their source, links with files.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SPAN_KINDS } from '#contracts/span';
import { ERRORS } from '#domain/errors';
import { createSpanColumns } from '#storage/span-block';
import { TELLTALE } from '#vocabulary';
import { REJECTIONS } from '../collector/decode/validate-span.ts';
import { MOVED_TO_INPUT, MOVED_TO_OUTPUT } from '../collector/map/fields/attribute-list.ts';
import { TYPE } from '../collector/wire/any-value.ts';
import { brokenLinks, type ChecklistRow, rowsWithoutTest, wrongParts } from './support/document-rules.ts';
import { settings, settingsDocument } from './support/settings-document.ts';
import { ROOT, readText as read, TRACKED } from './support/tracked-files.ts';

const exists = (file: string) => existsSync(join(ROOT, file));
const DOCUMENTS = TRACKED.filter((file) => file.endsWith('.md')).map((file) => ({ file, text: read(file) }));

/** The text under a heading, up to the next heading that is not below it. */
function section(text: string, heading: string): string {
  const depth = heading.indexOf(' ');
  const [, after] = text.split(`\n${heading}\n`);
  expect(after, `the heading "${heading}"`).toBeDefined();
  return (after as string).split(new RegExp(`^#{1,${depth}} `, 'm'), 1)[0] as string;
}

/** The names in the first column of every table in the text, without the heading rows. */
const firstColumn = (text: string) => [...text.matchAll(/^\| `([^`]+)`[^|]*\|/gm)].map((match) => match[1]);
/** With each offender in the message. */
const expectNone = (offenses: readonly string[]) => expect(offenses, offenses.join('\n')).toEqual([]);
const sorted = (names: Iterable<string | undefined>) => [...names].sort();
/** The code of a block, without comments: `npm start   # runs` is `npm start`. */
const commands = (text: string) =>
  [...text.matchAll(/```sh\n([^`]*)```/g)].flatMap((match) =>
    (match[1] as string).split('\n').map((line) => line.replace(/\s+#.*$/, '')),
  );

describe('ARCHITECTURE.md', () => {
  const architecture = read('ARCHITECTURE.md');

  it('names files that exist, by the end of their path', () => {
    const named = [...architecture.matchAll(/`([\w/-]+\.(?:ts|mjs|svelte|sql))`/g)].map(([, file]) => file as string);
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !TRACKED.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([]);
  });

  it('lists five ways through the code by files that exist, in order, none twice', () => {
    const ways = section(architecture, '## Five ways through the code').split(/^### /m).slice(1);
    expect(ways.map((way) => way.split('\n', 1)[0])).toEqual([
      'A span',
      'An error',
      'A run',
      'A request of the API',
      'The start',
    ]);
    for (const way of ways) {
      const files = [...way.matchAll(/^\d+\. `([^`]+)`:/gm)].map(([, file]) => file as string);
      expect(files.length).toBeGreaterThan(6);
      expect(files.filter((file) => !TRACKED.includes(file))).toEqual([]);
      expect(files.filter((file, i) => files.indexOf(file) !== i)).toEqual([]);
    }
  });

  it('lists every table that the migrations make', () => {
    const migrations = TRACKED.filter((file) => file.endsWith('.sql')).map(read);
    const tables = (statement: RegExp) =>
      migrations.flatMap((text) => [...text.matchAll(statement)].map(([, table]) => table));
    const dropped = new Set(tables(/DROP TABLE IF EXISTS (\w+)/g));
    const made = tables(/CREATE TABLE IF NOT EXISTS (\w+)/g).filter((table) => !dropped.has(table));
    expect(firstColumn(section(architecture, '## Storage'))).toEqual(expect.arrayContaining(made));
  });
});

describe('the README', () => {
  const readme = read('README.md');

  it('shows the commands, and each is a script of package.json or a command of telltale', () => {
    const shown = commands(readme);
    for (const command of ['npm start', 'npm test', 'npm run demo', 'npx telltale doctor', 'npm run check'])
      expect(shown).toContain(command);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const command of shown.filter((line) => line.startsWith('npm ')))
      expect(scripts).toHaveProperty(command.replace(/^npm (run )?/, ''));
  });

  it('shows the example of the SDK as it is', () => {
    const code = read('sdk/examples/five-lines.ts').split('\n').slice(1).join('\n').trim();
    expect(readme).toContain(`\`\`\`ts\n${code}\n\`\`\``);
  });
});

describe('docs/settings.md', () => {
  it('is what config.ts generates (npm test -- test/docs.test.ts -u writes it again)', () =>
    expect(settingsDocument()).toMatchFileSnapshot('../docs/settings.md'));

  it('lists exactly the settings, with their defaults and sentences', () => {
    const rows = [...read('docs/settings.md').matchAll(/^\| `(\w+)`( \*)? \| (?:`([^`]*)`)? ?\| (.*) \|$/gm)].map(
      ([, name, star, fallback = '', is]) => ({ name, fallback, is, secret: star !== undefined }),
    );
    expect(rows).toEqual(settings);
  });
});

describe('the files for deployment', () => {
  it('list exactly the settings in .env.example, with their defaults and sentences, all commented out', () => {
    const text = read('deploy/.env.example');
    const rows = [...text.matchAll(/^# (.*)\n# ([A-Z_]+)=(.*)$/gm)].map(([, is, name, fallback]) => ({
      name,
      fallback,
      is,
    }));
    expect(rows).toEqual(settings.map(({ name, fallback, is }) => ({ name, fallback, is })));
    for (const { name, secret } of settings) if (secret) expect(text).toContain(`${name}_FILE`);
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('# '))).toEqual([]);
  });

  it.each(['deploy/compose.yaml', 'deploy/compose.clickhouse.yaml'])(
    '%s publishes ports on this machine only, and keeps the data directory',
    (file) => {
      const text = read(file);
      const published = [...text.matchAll(/^\s*- (\S*\d+:\d+)$/gm)].map((match) => match[1]);
      expect(published).toEqual(['127.0.0.1:4319:4319', '127.0.0.1:4318:4318', '127.0.0.1:4317:4317']);
      // The spool, and the key of channel secrets: a new container must find them.
      expect(text).toMatch(/^ {6}- data:\/data$.*^volumes:$.*^ {2}data:$/ms);
      const known = new Set(settings.map(({ name }) => name));
      const used = [...text.matchAll(/^\s+((?:TELLTALE|CLICKHOUSE|SLACK)_\w+):/gm)].map((match) => match[1] as string);
      expect(used.filter((name) => !known.has(name))).toEqual([]);
    },
  );
});

describe('docs/errors.md', () => {
  const text = read('docs/errors.md');

  it('lists exactly the codes of the catalogue, with status and whether to try again', () => {
    const rows = [...section(text, '## The API').matchAll(/^\| `(\w+)` \| (\d+) \| (yes|no) \| .+ \|$/gm)].map(
      ([, code, status, again]) => [code, Number(status), again === 'yes'],
    );
    expect(rows).toEqual(Object.entries(ERRORS).map(([code, { status, retryable }]) => [code, status, retryable]));
  });

  it('lists exactly the reasons for rejecting a span', () => {
    expect(firstColumn(section(text, '## Rejected spans'))).toEqual(Object.keys(REJECTIONS));
  });
});

describe('docs/data-dictionary.md', () => {
  const text = read('docs/data-dictionary.md');

  it('describes exactly the columns of spans', () => {
    const columns = firstColumn(section(text, '## Columns of `spans`')).filter((name) => name?.length !== 1);
    expect(sorted(columns)).toEqual(sorted(Object.keys(createSpanColumns())));
  });

  it('describes exactly the type letters', () => {
    const codes = [...Object.values(TYPE), MOVED_TO_INPUT, MOVED_TO_OUTPUT];
    const letters = firstColumn(section(text, '### Type letters'));
    expect(sorted(letters)).toEqual(sorted(codes.map((code) => String.fromCharCode(code))));
  });

  it('describes exactly the vocabulary', () => {
    const names = firstColumn(section(text, '## The vocabulary: `telltale.*`'));
    expect(sorted(names)).toEqual(sorted(Object.values(TELLTALE)));
  });

  it('describes exactly the kinds', () => {
    expect(firstColumn(section(text, '## Kinds of steps'))).toEqual([...SPAN_KINDS]);
  });
});

describe('every document', () => {
  it('links only to files that are there', () => expectNone(brokenLinks(DOCUMENTS, exists)));

  it.each(['decisions', 'recipes'])('of docs/%s is in its index', (folder) => {
    const index = read(`docs/${folder}/README.md`);
    const files = readdirSync(join(ROOT, 'docs', folder)).filter((file) => file !== 'README.md');
    expect(sorted([...index.matchAll(/\]\((\S+\.md)\)/g)].map((match) => match[1]))).toEqual(sorted(files));
  });

  it('of a decision says why, what follows, what else', () => {
    const decisions = DOCUMENTS.filter(({ file }) => /docs\/decisions\/\d/.test(file));
    expect(decisions.length).toBeGreaterThan(10);
    expectNone(wrongParts(decisions));
  });
});

describe('the OTLP checklist', () => {
  const rows: ChecklistRow[] = [
    ...read('docs/otlp-checklist.md').matchAll(/^\| ([\d, ]+) \| .* \| `([^`]+)`: (.+) \|$/gm),
  ].map(([, lines, file, title]) => ({ lines: lines as string, file: file as string, title: title as string }));

  it('has a row for each of its 48 lines', () => {
    const lines = rows.flatMap((row) => row.lines.split(',').map(Number));
    expect(lines).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
  });

  it('names tests that are there', () => {
    expectNone(rowsWithoutTest(rows, (file) => (exists(file) ? read(file) : '')));
  });
});

describe('an offender', () => {
  it('is caught when it links to nothing, and a link elsewhere or in code is no offense', () => {
    const text = 'See [a](a.md), [b](../b.md#part), [c](#c), [d](https://d.example).\n```\n[e](e.md)\n```';
    const known = ['docs/a.md'];
    expect(brokenLinks([{ file: 'docs/x.md', text }], (file) => known.includes(file))).toEqual([
      'docs/x.md: ../b.md#part',
    ]);
    expect(brokenLinks([{ file: 'docs/x.md', text }], () => true)).toEqual([]);
  });

  it('is caught when a decision leaves a part out', () => {
    const whole = ['Context', 'Decision', 'Consequences', 'Rejected'].map((part) => `**${part}.** Words.`);
    const decisions = [
      { file: 'docs/decisions/0001-a.md', text: whole.join('\n\n') },
      { file: 'docs/decisions/0002-b.md', text: whole.slice(0, 3).join('\n\n') },
    ];
    expect(wrongParts(decisions)).toEqual(['docs/decisions/0002-b.md: Context, Decision, Consequences']);
  });

  it('is caught when the checklist names a test that is gone', () => {
    const row = { lines: '1, 2', file: 'a.test.ts', title: 'takes it' };
    expect(rowsWithoutTest([row], () => "it('takes it')")).toEqual([]);
    expect(rowsWithoutTest([row], () => "it('takes them')")).toEqual(['line 1, 2: a.test.ts has no "takes it"']);
  });
});
