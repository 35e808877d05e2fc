// Sealed secrets: they open with their key at their place, and nowhere else.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSecretBox, isSealed } from './secret-box.ts';

const box = createSecretBox(randomBytes(32));

it('opens to what was sealed, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, place) => {
      fc.pre(text.isWellFormed() && place.isWellFormed());
      const sealed = box.seal(text, place);
      expect(isSealed(sealed)).toBe(true);
      expect(box.open(JSON.parse(JSON.stringify(sealed)), place)).toBe(text);
    }),
  );
});

it('says the same never twice, and nothing of the text', () => {
  const [one, two] = [box.seal('xoxb-secret', 'a'), box.seal('xoxb-secret', 'a')];
  expect(one).not.toEqual(two);
  expect(Buffer.from(one.sealed_v1, 'base64').includes('secret')).toBe(false);
});

it('does not open with another key, at another place, changed or cut', () => {
  const sealed = box.seal('https://hooks.example/x', 'channel 1');
  const bytes = Buffer.from(sealed.sealed_v1, 'base64');
  const changed = Array.from(bytes, (byte, at) => {
    const copy = Buffer.from(bytes);
    copy[at] = byte ^ 1;
    return copy;
  });
  const cut = Array.from(bytes, (_, length) => bytes.subarray(0, length));
  for (const wrong of [...changed, ...cut]) {
    expect(() => box.open({ sealed_v1: wrong.toString('base64') }, 'channel 1')).toThrow(/does not open/);
  }
  expect(() => box.open(sealed, 'channel 2')).toThrow(/TELLTALE_SECRET_KEY_FILE/);
  expect(() => createSecretBox(randomBytes(32)).open(sealed, 'channel 1')).toThrow(/does not open/);
});

it.each([null, 'sealed_v1', {}, { sealed_v1: 1 }, []])('%j is not sealed', (value) =>
  expect(isSealed(value)).toBe(false),
);

it('takes keys of 32 bytes only', () => expect(() => createSecretBox(randomBytes(16))).toThrow(/32 bytes/));
