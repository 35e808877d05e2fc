// How much work a request is, before anything of it is decoded: its structure is looked at, no record is read.
import { runAtOnce, runInSlices, type Slicing, timeSlices } from './slices.ts';
import { type RequestVisitor, walkRequest } from './walk-request.ts';
import { Wire } from './wire.ts';

export interface RequestSize {
  resources: number;
  records: number;
  /** Bytes of resources and scopes, counted once for each of their records, since each row repeats them. */
  repeatedBytes: number;
}

/** Below this many bytes the look at the structure takes a few milliseconds at most. */
const AT_ONCE_BYTES = 256 * 1024;

/**
 * @param noun what a record is called in the refusal: `spans`
 * @throws MalformedError, RefusedError 413 when there are too many records
 */
export async function measureRequest(bytes: Buffer, noun: string, slicing: Slicing = timeSlices): Promise<RequestSize> {
  const size: RequestSize = { resources: 0, records: 0, repeatedBytes: 0 };
  const steps = walkRequest(new Wire(bytes), new Measure(size), noun);
  if (bytes.length <= AT_ONCE_BYTES) runAtOnce(steps);
  else await runInSlices(steps, slicing);
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
