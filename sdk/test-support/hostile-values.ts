// Values that fight back, for property tests: nothing in the SDK may crash or block the agent, whatever it is handed.
import fc from 'fast-check';

const thrower = (): never => {
  throw new Error('trap');
};
const HOSTILE: readonly (() => unknown)[] = [
  () => Object.defineProperty({}, 'x', { enumerable: true, get: thrower }),
  () => new Proxy({}, { get: thrower, ownKeys: thrower, has: thrower, getPrototypeOf: thrower }),
  () => new Proxy([], { get: thrower }),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    return cycle;
  },
  () => 10n ** 40n,
  () => Symbol('s'),
  () => ({ [Symbol.toPrimitive]: thrower, toString: thrower, toJSON: thrower }),
  () => '\ud800'.repeat(10),
  () => 'x'.repeat(3_000_000),
  () => Array.from({ length: 100_000 }, (_, i) => ({ i })),
  () => Object.create(null),
  () => new Date(Number.NaN),
  () => Object.assign(new Error('e'), { cause: new Proxy({}, { get: thrower }) }),
  () => Object.defineProperty(new Error('e'), 'message', { get: thrower }),
  () => Object.defineProperty(new Error('e'), 'stack', { get: thrower }),
  () => new Map([[Symbol('k'), new Set([Number.NaN, -0])]]),
  () => thrower,
  () => Buffer.alloc(1_000_000),
  () => JSON.parse('{"__proto__": {"polluted": true}}'),
  () => NaN,
  () => null,
  () => undefined,
];
/** Made when it is used: the property tester itself would trip over some of them. */
export const hostile = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
  fc.anything().map((value) => () => value),
);

/** The least that a caller may rely on: the value comes back, or what was thrown. */
export async function outcome(run: () => Promise<unknown>): Promise<unknown[]> {
  try {
    return ['returned', await run()];
  } catch (error) {
    return ['thrown', error];
  }
}

export const wrap = (value: unknown): { value: unknown } => ({ value });
