// Classes that are recognized across copies of this SDK in one process (shared-state.ts): an error that one copy throws is
// an `instanceof` the same class of another.

type Class = abstract new (...args: never[]) => unknown;

/**
 * Makes `value instanceof type` true for instances of the class of this name of any copy. Called in a static block of the
 * class, so that a bundler keeps it exactly where it keeps the class. Subclasses of users behave as without it.
 */
export function brand(type: Class, name: string): void {
  const mark = Symbol.for(`telltale.sdk.v1.${name}`);
  Object.defineProperty(type.prototype, mark, { value: true });
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== type) return Function.prototype[Symbol.hasInstance].call(this as Class, value);
      return typeof value === 'object' && value !== null && Reflect.get(value, mark) === true;
    },
  });
}
