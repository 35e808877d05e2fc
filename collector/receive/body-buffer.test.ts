// A body in pieces of any size is the body, and never takes more memory than it has booked.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { propertyRuns } from '../../test/support/tier.ts';
import { RefusedError } from '../decode/refused.ts';
import { BodyBudget } from './body-budget.ts';
import { BodyBuffer } from './body-buffer.ts';

const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(40_000)), { maxLength: 12 });

it('returns what came, accounts for what it holds, and releases all', () => {
  fc.assert(
    fc.property(sizes, fc.constantFrom('known', 'unknown', 'a lie'), (lengths, expected) => {
      const budget = new BodyBudget();
      const share = budget.share();
      const chunks = lengths.map((length, i) => Buffer.alloc(length, i + 1));
      const whole = Buffer.concat(chunks);
      const said = { known: whole.length, unknown: Number.POSITIVE_INFINITY, 'a lie': 50_000_000 }[expected];
      const body = new BodyBuffer(share, said);
      for (const chunk of chunks) {
        body.append(chunk);
        expect(budget.usedBytes).toBeGreaterThanOrEqual(body.length);
        expect(budget.usedBytes).toBeLessThanOrEqual(Math.max(2 * body.length, 16 * 1024));
      }
      expect(body.take().equals(whole)).toBe(true);
      // Its memory is its own, but for a body that came in one piece: the chunks, and what the socket read them from, can go.
      if (chunks.filter(({ length }) => length > 0).length > 1)
        for (const chunk of chunks) expect(body.take().buffer).not.toBe(chunk.buffer);
      share.release();
      expect(budget.usedBytes).toBe(0);
    }),
    { numRuns: propertyRuns(60, 1000) },
  );
});

it('leaves a quarter of the budget to small bodies', () => {
  const budget = new BodyBudget(256_000);
  const [large, larger, small] = [budget.share(), budget.share(), budget.share()];
  large.resize(192_000);
  expect(() => larger.resize(2_000)).toThrow(RefusedError);
  small.resize(1_000);
  expect(budget.usedBytes).toBe(193_000);
  large.release();
  larger.resize(2_000);
  expect(budget.usedBytes).toBe(3_000);
});
