// Forms in which agents' tools show secrets: lists of arguments, manifests, maps as Go prints them; and what only looks so.
import { expect, it } from 'vitest';
import { maskSecrets } from '#domain/run/facts/mask-secrets';
import { Redactor } from './redactor.ts';

function masked(text: string, mode: 'secrets' | 'personal' = 'secrets'): string {
  const bytes = Buffer.from(text);
  new Redactor(mode, Buffer.alloc(32, 7)).text(bytes, 0, bytes.length);
  return bytes.toString();
}

const SECRET = 'hunter2Zz9';
it.each([
  `curl --user ann:${SECRET} https://x.example`,
  `curl --proxy-user "ann:${SECRET}" https://x.example`,
  `["mysql","--password","${SECRET}"]`,
  `['mysql', '--password', '${SECRET}', '-v']`,
  JSON.stringify({ body: JSON.stringify({ argv: ['mysql', '--password', SECRET, '-v'] }, null, 2) }),
  `env:\n- name: DB_PASSWORD\n  value: ${SECRET}\n- name: B\n  value: c`,
  `- name: "DB_PASSWORD"\r\n  value: '${SECRET}'`,
  JSON.stringify({ yaml: `- name: DB_PASSWORD\n  value: ${SECRET}\n` }),
  `map[Accept:[*/*] X-Api-Key:[${SECRET}] X-B:[c]]`,
  `map[Cookie:[sid=${SECRET}] User-Agent:[curl]]`,
  JSON.stringify({ log: `headers map[X-Api-Key:[${SECRET}]]` }),
])('finds the secret in %s', (text) => {
  for (const found of [masked(text), maskSecrets(text)]) {
    expect(found).not.toContain(SECRET);
    if (text.startsWith('{')) expect(Object.keys(JSON.parse(found))).toEqual(Object.keys(JSON.parse(text)));
  }
  // What follows it stays.
  for (const rest of ['"-v"', "'-v'", 'value: c', 'X-B:[c]', 'User-Agent:[curl]'])
    expect(masked(text).includes(rest)).toBe(text.includes(rest));
});

it.each([
  'PWD=/home/ann/app',
  '{"PWD":"/home/ann/app","OLDPWD":"/"}',
  "environ({'PWD': '/app', 'OLDPWD': '~'})",
  'PWD=C:\\Users\\ann',
  '{"cmd":"ls","pwd":"./src2/x1"}',
  'docker run --user 1000:1000 image1',
  'docker run --user node:node image1',
  '["--password","--verbose1"]',
  '["login","--password","$PASSWORD"]',
  '- name: LOG_LEVEL\n  value: debug1',
  '- name: PASSWORD_LENGTH\n  value: 12',
  'password:[a-z0-9]{8,}',
  'map[password:[] user:[ann1]]',
])('leaves %s alone', (text) => {
  expect(masked(text)).toBe(text);
});

it.each(['<ann@x.example>', 'a\u0000ann@x.example', '\nann@x.example', `<${'a'.repeat(62)}@x.example`])(
  'mail addresses behind an escape leave JSON whole: %j',
  (text) => {
    const once = JSON.stringify({ text }).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
    for (const json of [once, JSON.stringify({ inner: once })]) {
      const found = masked(json, 'personal');
      expect(found).not.toContain('@');
      const value = JSON.parse(found);
      if (json !== once) expect(Object.keys(JSON.parse(value.inner))).toEqual(['text']);
    }
  },
);
