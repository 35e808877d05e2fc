// Held against real linkifiers: mailparser makes links of the text part of a mail as mail clients do.
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../test/support/tier.ts';
import { defang } from './defang.ts';

it.each([
  ['https://evil.com/a?b=1', 'hxxps://evil[.]com/a?b=1'],
  ['HTTP://EVIL.COM', 'hxxp://EVIL[.]COM'],
  ['see http://10.0.0.7:8080/x', 'see hxxp://10[.]0[.]0[.]7:8080/x'],
  ['ftp://files.evil.net', 'ftp[://]files.evil[.]net'],
  ['www.evil.internal and bit.ly/x', 'www[.]evil.internal and bit[.]ly/x'],
  ['mail me@evil.co.uk or me@host.internal', 'mail me@evil[.]co[.]uk or me@host[.]internal'],
  ['mailto:me@evil.com tel:+33123', 'mailto[:]me@evil[.]com tel[:]+33123'],
  ['\\\\evil\\share', '[\\\\]evil\\share'],
  ['evil。com', 'evil[.]com'],
  ['пример.рф xn--e1afmkfd.xn--p1ai', 'пример[.]рф xn--e1afmkfd[.]xn--p1ai'],
])('breaks the link in %s', (text, broken) => {
  expect(defang(text)).toBe(broken);
});

it.each([
  'TimeoutError in payments.refund: no answer in 8.00 s',
  'payments-sdk@3.9.0, gpt-4.1, version 2.14.1',
  'data: none; C:\\Users\\me; 98.6% of runs; 14:20:41',
  'e.g. see the log...',
])('leaves %s as it is', (text) => {
  expect(defang(text)).toBe(text);
});

describe('no mail client finds a link in it', () => {
  const part = fc.constantFrom(
    ...[
      'http://',
      'https://',
      'ftp://',
      '//',
      'www.',
      'mailto:',
      'evil',
      'pay-pal',
      '.',
      '。',
      'com',
      'net',
      'рф',
      'zip',
    ],
    ...['@', '/', '?x=', ':80', ' ', '(', ')', '"', '<', '10.0.0.1', '\\\\', '[.]', 'hxxp', 'xn--p1ai', '-', '_'],
  );
  it('whatever it is made of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 14 }), async (parts) => {
        const text = defang(parts.join(''));
        const { textAsHtml = '' } = await simpleParser(`Content-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`);
        // It makes links of @names too, which mail clients do not.
        expect(textAsHtml.replaceAll('<a href="https://twitter.com/', ''), text).not.toContain('<a ');
      }),
      { numRuns: propertyRuns(300, 20_000) },
    );
  });
});
