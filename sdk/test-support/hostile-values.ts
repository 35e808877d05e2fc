// Values that fight back, for property tests: nothing in the SDK may crash or block the agent, whatever it is handed.
import fc from 'fast-check';

/** Made when it is used: the property tester itself would trip over some of them. */
type Make = () => unknown;

const thrower = (): never => {
  throw new Error('trap');
};
const ODD: readonly (readonly [name: string, make: Make])[] = [
  ['a getter that throws', () => Object.defineProperty({}, 'x', { enumerable: true, get: thrower })],
  [
    'a proxy that throws',
    () => new Proxy({}, { get: thrower, ownKeys: thrower, has: thrower, getPrototypeOf: thrower }),
  ],
  ['a list that throws', () => new Proxy([], { get: thrower })],
  [
    'a revoked proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  ],
  [
    'a cycle',
    () => {
      const cycle: Record<string, unknown> = {};
      cycle.self = cycle;
      return cycle;
    },
  ],
  ['a large bigint', () => 10n ** 40n],
  ['a symbol', () => Symbol('s')],
  ['conversions that throw', () => ({ [Symbol.toPrimitive]: thrower, toString: thrower, toJSON: thrower })],
  ['halves of characters', () => '\ud800'.repeat(10)],
  ['an object without prototype', () => Object.create(null)],
  ['an invalid date', () => new Date(Number.NaN)],
  [
    'an error with a cause that throws',
    () => Object.assign(new Error('e'), { cause: new Proxy({}, { get: thrower }) }),
  ],
  ['an error without a readable message', () => Object.defineProperty(new Error('e'), 'message', { get: thrower })],
  ['an error without a readable stack', () => Object.defineProperty(new Error('e'), 'stack', { get: thrower })],
  ['a map of a symbol', () => new Map([[Symbol('k'), new Set([Number.NaN, -0])]])],
  ['a function that throws', () => thrower],
  ['a key named __proto__', () => JSON.parse('{"__proto__": {"polluted": true}}')],
  ['NaN', () => NaN],
  ['null', () => null],
  ['undefined', () => undefined],
];
const GIANT: typeof ODD = [
  ['three million characters', () => 'x'.repeat(3_000_000)],
  ['a hundred thousand objects', () => Array.from({ length: 100_000 }, (_, i) => ({ i }))],
  ['a megabyte of bytes', () => Buffer.alloc(1_000_000)],
];

const ALL = [...ODD, ...GIANT];

/** Each of them once, with another one beside it: no test may rely on chance to pick them. */
export const HOSTILE: readonly { name: string; make: Make; makeOther: Make }[] = ALL.map(([name, make], i) => ({
  name,
  make,
  makeOther: ALL[(i + 7) % ALL.length]?.[1] as Make,
}));

/** Picked at random, or anything at all. @param withGiants also those that take seconds on their way through all calls */
export function hostileValues(withGiants: boolean): fc.Arbitrary<Make> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...(withGiants ? ALL : ODD).map(([, make]) => make)) },
    fc.anything().map((value) => () => value),
  );
}

/** The least that a caller may rely on: the value comes back, or what was thrown. */
export async function outcome(run: () => Promise<unknown>): Promise<unknown[]> {
  try {
    return ['returned', await run()];
  } catch (error) {
    return ['thrown', error];
  }
}

export const wrap = (value: unknown): { value: unknown } => ({ value });
