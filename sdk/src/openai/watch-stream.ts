// Observes a stream while the application reads it: chunk by chunk, and how it ended. The stream stays the client's own,
// so its methods (tee, toReadableStream, controller) work as before.
import { quietly } from '../quietly.ts';
import { at } from '../read.ts';

/** complete; left_early: the reader stopped; aborted: by the application; failed: by an error. */
export type StreamEnd = 'complete' | 'left_early' | 'aborted' | 'failed';

export interface StreamWatcher {
  onChunk: (chunk: unknown) => void;
  /** Once. */
  onEnd: (how: StreamEnd, error?: unknown) => void;
}

type Iterate = () => AsyncIterator<unknown>;

export function isStream(value: unknown): value is object {
  return typeof at(value, Symbol.asyncIterator) === 'function' && typeof at(value, 'controller') === 'object';
}

export function watchStream(stream: object, watcher: StreamWatcher): void {
  // The client's class keeps what makes its iterator in a field, which all its methods use.
  const key = typeof at(stream, 'iterator') === 'function' ? 'iterator' : Symbol.asyncIterator;
  const iterate = Reflect.get(stream, key) as Iterate;
  Reflect.set(stream, key, () => watched(Reflect.apply(iterate, stream, []), stream, watcher));
}

async function* watched(
  inner: AsyncIterator<unknown>,
  stream: object,
  watcher: StreamWatcher,
): AsyncGenerator<unknown> {
  let how: StreamEnd = 'left_early';
  let reason: unknown;
  try {
    for await (const chunk of { [Symbol.asyncIterator]: () => inner }) {
      quietly(() => watcher.onChunk(chunk));
      yield chunk;
    }
    // The client ends an aborted stream without an error.
    how = at(stream, 'controller', 'signal', 'aborted') === true ? 'aborted' : 'complete';
  } catch (error) {
    how = 'failed';
    reason = error;
    throw error;
  } finally {
    quietly(() => watcher.onEnd(how, reason));
  }
}
