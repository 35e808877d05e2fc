// Texts made to be slow to look through: the work grows as the text does, whatever it is made of.
import { expect, it } from 'vitest';
import { propertyRuns } from '../../test/support/tier.ts';
import { Redactor } from './redactor.ts';

const HOSTILE = [
  'password=',
  '"token":"',
  '\\"secret\\":\\"',
  '"secrets":["',
  'token: ',
  '=',
  '://a:',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  '--password ',
  '--',
  '%3D',
  '%253D%2522',
  '4111 ',
  '4',
  'eyJaaaaaaaaaaaaa.',
  'hvs.aaaaaaaaaaaaaaaaaaaaaaaa.',
  'Authorization: Digest <',
  'Authorization: Basic ',
  'Cookie: a=',
  'Cookie: ',
  '<password>',
  '"value":"',
  'a1B2c3D4e5f6g7+',
  '"card":[4111111111111111,',
  ' -u a:',
  'password = a.b',
  'password:[',
  '"--password",',
  'name: A\nvalue: ',
  'LS0tLS1CRUdJTi',
  '\\u0022password\\u0022:\\u0022',
  '\\\\u0022',
  '["password","',
  "[(b'token', b'",
  '[\\"password\\",\\"',
  ' -ua:b1c2d3',
  ' mysql -pa1B2c3d4',
  'mysql -p"',
  '"-u","',
  'machine h login l password ',
  'login a password ',
  'a:5432:b:c:',
  '*:*:',
  'logi',
];

/** How often a byte is read when a text of this size is looked through. */
function reads(part: string, size: number): number {
  let count = 0;
  const bytes = new Uint8Array(Buffer.from(part.repeat(Math.ceil(size / part.length))));
  const counted = new Proxy(bytes, {
    get: (target, name) => {
      count++;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const { length } = bytes;
  new Redactor('secrets').text(counted as Buffer, 0, length);
  return count;
}

it.each(HOSTILE)('looks at much of %s in steps that grow as the text does', (part) => {
  const [small, large] = [reads(part, 6000), reads(part, 12_000)] as [number, number];
  expect(large).toBeLessThanOrEqual(small * 2.3 + 5000);
  const bytes = Buffer.from(part.repeat(Math.ceil(propertyRuns(1 << 18, 1 << 20) / part.length)));
  new Redactor('personal').text(bytes, 0, bytes.length);
});

it.each(['1', '1.', '1-2.', '12345', '%31', '\\'])('takes a long run of %s before each sign of a name', (part) => {
  for (const sign of ['=', ':', '":"', '>', '--'])
    for (const [before, behind] of [
      ['', 'x'.repeat(20)],
      ['password', part.repeat(30_000)],
    ] as const) {
      const bytes = Buffer.from(`${before}${part.repeat(30_000)}${sign}${behind}`);
      const { length } = bytes;
      new Redactor('personal').text(bytes, 0, length);
      expect(bytes.length).toBe(length);
    }
});
