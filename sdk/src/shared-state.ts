// The state that all copies of this SDK in one process share: bundlers, ESM beside CommonJS and nested node_modules make several of
// one package, and an application must not notice. It lives on `globalThis`, as the OpenTelemetry API does it.
import { SDK_VERSION } from './version.ts';

/** Copies whose major shape differs use another symbol, and never meet. */
const KEY = Symbol.for('telltale.sdk.v1');
/**
 * Raised when a slot, or what lies in it, changes so that an older copy cannot use it. A new slot does not: each copy
 * makes the slots that it misses.
 */
const SHAPE = 1;

interface SharedState {
  readonly shape: number;
  /** Of the copy that came first. */
  readonly version: string;
  readonly slots: Record<string, unknown>;
}

let state: SharedState | undefined;

/**
 * The value that all copies have under `name`; the first that asks makes it. Nothing is made when the SDK is imported.
 * Where another copy has state of another shape, this copy keeps to itself and logs it once. Never throws.
 */
export function shared<T>(name: string, make: () => T): T {
  state ??= findState();
  const { slots } = state;
  slots[name] ??= make();
  return slots[name] as T;
}

function findState(): SharedState {
  const mine: SharedState = { shape: SHAPE, version: SDK_VERSION, slots: Object.create(null) };
  const found: unknown = Reflect.get(globalThis, KEY);
  if (isUsable(found)) return found;
  // A global that is frozen, or has something else in this place: not worth an exception in the application.
  const isFree = found === undefined && Reflect.defineProperty(globalThis, KEY, { value: mine, configurable: true });
  if (!isFree) sayIncompatible(found);
  return mine;
}

function isUsable(found: unknown): found is SharedState {
  if (typeof found !== 'object' || found === null) return false;
  const { shape, slots } = found as Partial<SharedState>;
  return shape === SHAPE && typeof slots === 'object' && slots !== null;
}

function sayIncompatible(found: unknown): void {
  const other = typeof found === 'object' && found !== null ? (found as Partial<SharedState>).version : undefined;
  console.warn(
    `[telltale] Another version of @telltale/sdk (${String(other ?? 'unknown')}) runs in this process and cannot share its state with this one (${SDK_VERSION}): each has a start() of its own, and their steps do not nest. Install one version. This is logged once.`,
  );
}
