import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutName, MAX_NAME_BYTES, storedName } from './cut-name.ts';

const anyName = fc.oneof(
  fc.string({ maxLength: 600, unit: 'grapheme' }),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 3, unit: 'grapheme' }), fc.integer({ min: 1, max: 700 }))
    .map(([part, times]) => part.repeat(times)),
);

describe('a name', () => {
  it('is never longer than the bound, never half a character, and cut once', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const bytes = Buffer.from(name);
        const stored = storedName(name);
        expect(Buffer.byteLength(stored)).toBeLessThanOrEqual(MAX_NAME_BYTES);
        expect(stored.includes('�')).toBe(name.includes('�'));
        expect(cutName(bytes, 0, bytes.length).toString()).toBe(stored);
        expect(storedName(stored)).toBe(stored);
        if (bytes.length <= MAX_NAME_BYTES) expect(stored).toBe(name);
        else expect(stored).toMatch(/~[0-9a-f]{9}$/);
      }),
      { numRuns: 300 },
    );
  });

  it('stays different from another name, wherever the two differ', () => {
    const long = 'x'.repeat(60_000);
    const names = [long, `${long}x`, `y${long.slice(1)}`, `${long.slice(0, 30_000)}y${long.slice(30_001)}`];
    expect(new Set(names.map(storedName)).size).toBe(names.length);
  });

  it('may have bytes that are no UTF-8', () => {
    const bytes = Buffer.alloc(2000, 0x80);
    expect(cutName(bytes, 0, bytes.length).length).toBeLessThanOrEqual(MAX_NAME_BYTES);
  });
});
