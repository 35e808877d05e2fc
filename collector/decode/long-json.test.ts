// JSON that is too long to be stored whole is still understood: tables read it as it came, its secrets masked.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DialectRow, decodeAll, requestOfPlain, storeRows } from '../../test/support/dialect-rows.ts';
import { openTestDatabase } from '../../test/support/span-rows.ts';

const SECRET = `ghp_${'a1B2'.repeat(9)}`;
const turn = (i: number) => ({
  'event.name': 'gen_ai.user.message',
  role: 'user',
  content: `turn ${i} ${'word '.repeat(200)}`,
});
const turns = (n: number) => Array.from({ length: n }, (_, i) => turn(i));
const choice = { 'event.name': 'gen_ai.choice', message: { role: 'assistant', content: `the end ${SECRET}` } };
const usage = { input_tokens: 90_000, output_tokens: 12 };

let rows: Map<string, DialectRow>;
let close: () => Promise<void>;
beforeAll(async () => {
  const opened = await openTestDatabase();
  close = opened.close;
  const { block } = decodeAll([
    requestOfPlain([
      { id: 1, attributes: { agent_name: 'a', events: JSON.stringify([...turns(200), choice]) } },
      {
        id: 2,
        attributes: {
          span_data: JSON.stringify({ type: 'generation', model: 'gpt-4o', input: turns(200), output: 'ok', usage }),
        },
      },
      { id: 3, attributes: { span_data: JSON.stringify({ type: 'generation', model: 'gpt-4o', input: turns(900) }) } },
      { id: 4, attributes: { 'gen_ai.input.messages': JSON.stringify(turns(200)) } },
    ]),
  ]);
  rows = await storeRows(opened.db, block);
});
afterAll(() => close());

const row = (id: number) => rows.get(`1/${id}`) ?? {};
const NOTE = /…\[telltale: \d+ bytes cut to \d+; sha256 [0-9a-f]{8}\]…/;

it('finds input and output in one long list of events, the last of them included', () => {
  expect(row(1)).toMatchObject({ kind: 'agent' });
  expect(row(1).input).toMatch(/^\[\{"event\.name":"gen_ai\.user\.message","role":"user","content":"turn 0 /);
  expect(row(1).input).toMatch(NOTE);
  expect(String(row(1).input).length).toBeLessThan(65_536);
  expect(row(1).output).toContain('the end');
});

it('masks the secrets in what it works out', () => {
  expect(JSON.stringify([...rows.values()])).not.toContain(SECRET);
  expect(row(1).output).toContain('[redacted:github:');
});

it('finds usage that comes after a long input', () => {
  expect(row(2)).toMatchObject({ kind: 'llm', model: 'gpt-4o', tokens_in: 90_000, tokens_out: 12, output: 'ok' });
});

it('still finds what comes before the cut when the whole is too long to be looked into', () => {
  expect(row(3)).toMatchObject({ kind: 'llm', model: 'gpt-4o' });
  expect(row(3).input).toMatch(/"turn 0 /);
});

it('stores a long text with its head, its tail, its length and its hash', () => {
  expect(row(4).input).toMatch(NOTE);
  expect(row(4).input).toMatch(/^\[\{[\s\S]*turn 0 /);
  expect(row(4).input).toMatch(/turn 199 [\s\S]*\}\]$/);
});
