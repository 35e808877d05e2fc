// Keeps one bad item from stopping those beside it: what fails together is tried in halves, down to the one that fails
// alone.
import { TelltaleError } from './errors.ts';

export interface Bisected<T, R> {
  /** What `work` returned for each part that succeeded. */
  readonly done: readonly R[];
  /** Items that fail alone, and why. */
  readonly failed: readonly { readonly item: T; readonly error: unknown }[];
  /** false: it was stopped before all items were tried. */
  readonly isWhole: boolean;
}

/** Thrown when it is not a few items that fail, but everything: nothing is to be concluded about the items. */
export class EverythingFails extends Error {
  /** How many items failed alone before it was given up. */
  readonly tried: number;
  constructor(tried: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'EverythingFails';
    this.tried = tried;
  }
}

/** After so many failures alone, and not one success, the items are not to blame. */
const ENOUGH_FAILURES = 8;

export interface BisectOptions {
  /** Resolves while storage answers at all. It rejects when the failure is one of storage as a whole. */
  readonly probe: () => Promise<unknown>;
  /** Try on even if everything fails. Default: give up after 8 items that failed and none that did not. */
  readonly isStubborn?: boolean;
  /** The most items that are done at once. Default: all of them. */
  readonly atMost?: number;
  /** Asked after each failure. */
  readonly isStopping?: () => boolean;
}

/**
 * Does the work on all items at once; what fails is done in halves, then in halves of these.
 * @param work all or nothing for the items it is given
 * @throws EverythingFails when storage does not answer or has too many readers, or when nothing succeeds
 */
export async function bisect<T, R>(
  items: readonly T[],
  work: (items: readonly T[]) => Promise<R>,
  { probe, isStubborn = false, atMost = Number.POSITIVE_INFINITY, isStopping = () => false }: BisectOptions,
): Promise<Bisected<T, R>> {
  const done: R[] = [];
  const failed: { item: T; error: unknown }[] = [];
  const left = inParts(items, atMost).reverse();
  while (left.length > 0) {
    const part = left.pop() as readonly T[];
    try {
      done.push(await work(part));
    } catch (error) {
      if (error instanceof TelltaleError && error.code === 'readers_busy') throw new EverythingFails(0, error);
      // An outage that begins meanwhile must not be laid on the items either: asked after each failure.
      await probe().catch(() => {
        throw new EverythingFails(failed.length, error);
      });
      const [only] = part;
      if (part.length === 1) failed.push({ item: only as T, error });
      else {
        const middle = Math.ceil(part.length / 2);
        left.push(part.slice(middle), part.slice(0, middle));
      }
      if (isStopping()) break;
      if (!isStubborn && done.length === 0 && failed.length >= ENOUGH_FAILURES) {
        throw new EverythingFails(failed.length, error);
      }
    }
  }
  return { done, failed, isWhole: left.length === 0 };
}

function inParts<T>(items: readonly T[], atMost: number): (readonly T[])[] {
  if (items.length === 0) return [];
  if (items.length <= atMost) return [items];
  const parts: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += atMost) parts.push(items.slice(from, from + atMost));
  return parts;
}
