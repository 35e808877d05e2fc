// Secrets in the lists and maps of a file that the SDK writes, by the text or the name before them.
import { expect, it } from 'vitest';
import { maskSecrets } from './mask-secrets.ts';

const SECRET = 'hunter2Zz9';
const KEY = 'a1B2c3D4e5f6g7H8i9J0';

it.each([
  [
    ['--password', SECRET, '-v'],
    ['--password', '[masked]', '-v'],
  ],
  [
    ['curl', '-u', `ann:${SECRET}`, 'https://x.example'],
    ['curl', '-u', 'ann:[masked]', 'https://x.example'],
  ],
  [
    [
      ['x-api-key', KEY],
      ['accept', '*/*'],
    ],
    [
      ['x-api-key', '[masked]'],
      ['accept', '*/*'],
    ],
  ],
  [
    ['authorization', `Basic ${KEY}`],
    ['authorization', 'Basic [masked]'],
  ],
  [{ argv: JSON.stringify(['mysql', '--password', SECRET]) }, { argv: '["mysql","--password","[masked]"]' }],
  [
    { PWD: SECRET, 'db.pwd': '/home/x' },
    { PWD: '[masked]', 'db.pwd': '[masked]' },
  ],
])('%j is written as %j', (value, expected) => expect(maskSecrets(value)).toEqual(expected));

it.each([
  [['--password', '--verbose1']],
  [['--retries', '12345678']],
  [['password', 'email']],
  [['api_key', 'keptKept1234', 'x']],
  [['docker', 'run', '-u', '1000:1000']],
  [{ 'process.env.PWD': '/home/x1y2', PWD: 'C:\\Users\\x' }],
])('%j is written as it is', (value) => expect(maskSecrets(value)).toEqual(value));

it('a list that holds itself is still refused', () => {
  const list: unknown[] = ['--password', SECRET];
  list.push(list);
  expect(() => maskSecrets(list)).toThrow(TypeError);
});
