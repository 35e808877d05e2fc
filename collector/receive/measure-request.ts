// How much work a request is, before anything of it is decoded: its structure is looked at, no record is read.
import { runAtOnce } from '../decode/slices.ts';
import { type RequestVisitor, walkRequest } from '../decode/walk-request.ts';
import { Wire } from '../wire/wire.ts';

export interface RequestSize {
  resources: number;
  records: number;
  /** Bytes of resources and scopes, counted once for each of their records, since each row repeats them. */
  repeatedBytes: number;
}

/**
 * Synchronous: for requests of a few MiB, which take a few milliseconds.
 * @param noun what a record is called in the refusal: `spans`
 * @throws MalformedError, RefusedError 413 when there are too many records
 */
export function measureRequest(bytes: Buffer, noun: string): RequestSize {
  const size: RequestSize = { resources: 0, records: 0, repeatedBytes: 0 };
  runAtOnce(walkRequest(new Wire(bytes), new Measure(size), noun));
  return size;
}

class Measure implements RequestVisitor {
  readonly #size: RequestSize;
  #resourceBytes = 0;
  #scopeBytes = 0;
  constructor(size: RequestSize) {
    this.#size = size;
  }
  beginResource(): void {
    this.#size.resources++;
    this.#resourceBytes = this.#scopeBytes = 0;
  }
  resource({ at }: Wire, stop: number): void {
    this.#resourceBytes += stop - at;
  }
  endResource(): void {}
  beginScope(): void {
    this.#scopeBytes = 0;
  }
  scope({ at }: Wire, stop: number): void {
    this.#scopeBytes += stop - at;
  }
  record(): void {
    this.#size.records++;
    this.#size.repeatedBytes += this.#resourceBytes + this.#scopeBytes;
  }
}
