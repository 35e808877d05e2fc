// Long keys of others: cut as they are stored, distinguished, and not retained.
import { expect, it } from 'vitest';
import { hashBytes } from '#storage/native/dictionary';
import { MAX_KEY_BYTES } from '../../redact/cut-long.ts';
import { Redactor } from '../../redact/redactor.ts';
import { Rules } from '../dialects/rules.ts';
import { Keys, startKey } from './keys.ts';

const keys = new Keys(new Rules(), new Redactor());
const keyOf = (text: string, before = startKey()) => keys.of(Buffer.from(text), 0, Buffer.byteLength(text), before);

it('cuts a long key at once, and two long keys stay two', () => {
  const [one, other] = ['a', 'b'].map((end) => keyOf('k'.repeat(2_000_000) + end));
  expect(one?.bytes.length).toBe(MAX_KEY_BYTES);
  expect(one?.hash).toBe(hashBytes(one?.bytes as Buffer, 0, MAX_KEY_BYTES));
  expect(one?.text).not.toBe(other?.text);
  expect(one?.text).toBe(keyOf(`${'k'.repeat(2_000_000)}a`).text);
});

it('remembers nothing of a long key: not after the key before it, and not as a key', () => {
  const before = keyOf('short');
  const long = keyOf('x'.repeat(500), before);
  expect(before.next).toBeNull();
  expect(keyOf('x'.repeat(500), before)).not.toBe(long);
  const next = keyOf('other', before);
  expect(before.next).toBe(next);
});

it('says of a long key that it is a secret, by the whole of it', () => {
  expect(keyOf(`${'x'.repeat(300)}.password`).field).toBe('secret');
});
