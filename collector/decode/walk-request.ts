// The three levels that every OTLP request has: resources, their scopes, their records. One walk from the first byte to
// the last that can rest between any two steps, so that a large request is decoded in slices and each part is read once.
import { BYTES, type Wire } from '../wire/wire.ts';
import { RefusedError } from './refused.ts';

/** More resources, scopes or records in one request are refused: a body of 64 MiB could hold 32 million empty ones. */
export const MAX_PARTS = 100_000;
/** Fields that are stepped over between two rests. */
const FIELDS_PER_STEP = 512;

/** What is done with the parts of a request. Each part begins at `wire.at` and ends at `stop`. */
export interface RequestVisitor<Cursor extends Wire = Wire> {
  /** The bytes of one resource with all its scopes follow. */
  beginResource(): void;
  /** A part of the resource's own message: as a rule there is one, protobuf allows several. */
  resource(wire: Cursor, stop: number): void;
  /** The resource was read; its scopes follow. */
  endResource(wire: Cursor): void;
  beginScope(): void;
  scope(wire: Cursor, stop: number): void;
  record(wire: Cursor, stop: number): void;
}

/** A walk that rests after each step. Run it to its end with `runAtOnce` or `runInSlices`. */
export type Steps = Generator<void, void, void>;

/**
 * Walks an Export…ServiceRequest. A resource and a scope mostly come before what belongs to them, but need not, so
 * each list of fields is looked through once for them, and then once for the rest: twice in all, whatever its length.
 * @param noun what a record is called in the refusal: `spans`
 * @throws MalformedError, RefusedError 413 when there are more than MAX_PARTS of one level
 */
export function* walkRequest<Cursor extends Wire>(wire: Cursor, visitor: RequestVisitor<Cursor>, noun: string): Steps {
  let [resources, scopes, records] = [0, 0, 0];
  const end = wire.bytes.length;
  for (const each = new Fields(wire, end, 1); each.more(); ) {
    if (each.stop < 0) yield;
    else yield* resource(each.stop);
  }

  function bound(parts: number, what: string): void {
    if (parts > MAX_PARTS)
      throw new RefusedError(413, `More than ${MAX_PARTS} ${what} in one request; send smaller batches.`);
  }

  function* resource(stop: number): Steps {
    bound(++resources, 'resources');
    visitor.beginResource();
    const start = wire.at;
    for (const each = new Fields(wire, stop, 1); each.more(); ) {
      if (each.stop >= 0) visitor.resource(wire, each.stop);
      yield;
    }
    visitor.endResource(wire);
    yield;
    wire.at = start;
    for (const each = new Fields(wire, stop, 2); each.more(); ) {
      if (each.stop < 0) yield;
      else yield* scope(each.stop);
    }
  }

  function* scope(stop: number): Steps {
    bound(++scopes, 'scopes');
    visitor.beginScope();
    const start = wire.at;
    for (const each = new Fields(wire, stop, 1); each.more(); ) {
      if (each.stop >= 0) visitor.scope(wire, each.stop);
      yield;
    }
    wire.at = start;
    for (const each = new Fields(wire, stop, 2); each.more(); ) {
      if (each.stop >= 0) {
        bound(++records, noun);
        visitor.record(wire, each.stop);
      }
      yield;
    }
  }
}

/** The sub-messages with one field number within a message; what else it holds is stepped over. */
class Fields {
  readonly #wire: Wire;
  readonly #end: number;
  readonly #number: number;
  /** Where the sub-message at hand ends; −1 when it is only time for a rest. */
  stop = -1;

  constructor(wire: Wire, end: number, number: number) {
    this.#wire = wire;
    this.#end = end;
    this.#number = number;
  }

  /** Moves on; false at the end of the message. */
  more(): boolean {
    const wire = this.#wire;
    const end = this.#end;
    // Whoever read the last sub-message may have left the cursor anywhere.
    if (this.stop >= 0) wire.at = this.stop;
    this.stop = -1;
    for (let fields = 0; fields < FIELDS_PER_STEP; fields++) {
      if (!wire.field(end)) return false;
      if (wire.number === this.#number && wire.type === BYTES) {
        this.stop = wire.block(end);
        return true;
      }
      wire.skip(end);
    }
    return true;
  }
}
