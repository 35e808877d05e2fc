// Secrets of known shapes do not reach a summary; ordinary text stays as it is.
import { expect, test } from 'vitest';
import { maskSecrets } from './mask-secrets.ts';

test.each([
  'sk-proj-abcdefghijklmnop1234567890',
  'ghp_0123456789abcdefghij0123456789abcdef',
  'xoxb-123456789012-abcdefghijkl',
  'AKIAIOSFODNN7EXAMPLE',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  '4111 1111 1111 1111',
])('masks %s', (secret) => {
  expect(maskSecrets(`before ${secret} after`)).toBe('before [redacted] after');
});

test('masks what is named as a secret, and keeps its name', () => {
  expect(maskSecrets('{"api_key": "abcdef123456"}')).toBe('{"api_key": "[redacted]"}');
  expect(maskSecrets('Authorization: Bearer abcdef1234567890')).toContain('[redacted]');
  expect(maskSecrets('postgres://bob:hunter2@db/shop')).toBe('postgres://bob:[redacted]@db/shop');
});

test.each([
  'Refund of order 48213 not paid',
  'task-force-2026-meeting',
  '1234 5678 9012 3456',
  'the password was wrong',
  'sk-short',
])('leaves alone: %s', (text) => expect(maskSecrets(text)).toBe(text));

test('time does not grow faster than the text', () => {
  // Would take hours if a shape could be tried from every place to the end.
  for (const part of [
    '-----BEGIN PRIVATE KEY-----',
    'eyJaaaaaaaaa.',
    'secret="',
    'a://b:',
    '2345 ',
    'bearer aaaaaaaaaaaa ',
  ])
    maskSecrets(part.repeat(20_000));
});
