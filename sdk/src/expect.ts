// Reports the mistakes of callers without types as a TypeError that contains the correct call. Values that are only
// recorded may be anything; values that change the behavior of the SDK are checked.
import { quietly } from './quietly.ts';
import { at } from './read.ts';

/** @throws TypeError saying how the function is called */
export function misused(usage: string, what: string): never {
  throw new TypeError(`${what} Call it as ${usage}`);
}

/** For functions whose options must be given. @throws TypeError unless there are options and a function */
export function expectCall(usage: string, options: unknown, fn: unknown): void {
  expectOptions(usage, options, typeof options === 'function' && fn === undefined);
  expectFunction(usage, fn);
}

/** @param isFunctionInstead the function was passed in place of the options */
export function expectOptions(usage: string, options: unknown, isFunctionInstead = false): void {
  if (isFunctionInstead) misused(usage, 'The options are missing: a function was passed in their place.');
  if (options === undefined) misused(usage, 'The options are missing.');
  if (!isOptions(options)) misused(usage, `The options must be an object, not ${kindOf(options)}.`);
}

export function expectFunction(usage: string, fn: unknown): void {
  if (fn === undefined) misused(usage, 'The function to run is missing.');
  if (typeof fn !== 'function') misused(usage, `The function to run must be a function, not ${kindOf(fn)}.`);
}

/** A property that may be left out. */
export function expectOptionalFunction(usage: string, options: unknown, name: string): void {
  const value = at(options, name);
  if (value !== undefined && typeof value !== 'function')
    misused(usage, `${name} must be a function, not ${kindOf(value)}.`);
}

/** A property that may be left out. */
export function expectOptionalBoolean(usage: string, options: unknown, name: string): void {
  const value = at(options, name);
  if (value !== undefined && typeof value !== 'boolean')
    misused(usage, `${name} must be true or false, not ${kindOf(value)}.`);
}

/** @throws TypeError unless it is a number of milliseconds from 0 up */
export function expectMs(usage: string, name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0))
    misused(usage, `${name} must be a number of milliseconds from 0 up; it is ${shown(value)}.`);
}

/** @throws TypeError when one of these is given and no such number */
export function expectOptionalMs(usage: string, options: unknown, names: readonly string[]): void {
  for (const name of names) {
    const value = at(options, name);
    if (value !== undefined) expectMs(usage, name, value);
  }
}

export function expectName(usage: string, what: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '')
    misused(usage, `${what} must be a text that is not empty; it is ${shown(value)}.`);
}

/** A value that the application passes to stop a call. */
export function expectOptionalSignal(usage: string, options: unknown): void {
  const signal = at(options, 'signal');
  // As in fetch, null is none.
  if (signal === undefined || signal === null || typeof at(signal, 'addEventListener') === 'function') return;
  misused(usage, `signal must be an AbortSignal, not ${kindOf(signal)}.`);
}

/** The options and the function of a call whose options may be left out. @throws TypeError with the right call */
export function splitCall<Options extends object, Fn>(
  usage: string,
  rest: readonly unknown[],
): { options: Partial<Options>; fn: Fn } {
  // One argument is the function; with more, a function in the place of the options is a mistake.
  const [options, fn] = rest.length === 1 ? [undefined, rest[0]] : rest;
  expectFunction(usage, fn);
  if (options === undefined || options === null) return { options: {}, fn: fn as Fn };
  expectOptions(usage, options);
  return { options: options as Partial<Options>, fn: fn as Fn };
}

function isOptions(value: unknown): value is object {
  // For a revoked proxy even Array.isArray throws.
  return typeof value === 'object' && value !== null && quietly(() => Array.isArray(value)) !== true;
}

/** What something is, without its content. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (quietly(() => Array.isArray(value)) === true) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A number or a kind: never a text, which may be a person's. */
function shown(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return value === '' ? 'empty' : kindOf(value);
}
