// Sends the last spans when the process ends; otherwise they are lost. The SDK never ends a process, never keeps it alive
// for long and never handles its errors. Signals: end-on-signal.ts.
import type { CancelledBy } from './attributes.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * Sends waiting spans when the event loop is empty, at process.exit() and on an uncaught error. Returns a function that
 * stops it.
 */
export function sendAtTheEnd(pipeline: Pipeline): () => void {
  let by: CancelledBy = 'exit';

  // A script that has nothing left to do: spans may still be sent asynchronously. Node emits this event again afterwards,
  // so where other listeners exist the process is not held: they would run twice. Then `exit` sends.
  const onBeforeExit = (): void => void pipeline.holdForTheRest(process.listenerCount('beforeExit') === 1);

  // Runs before Node prints the error. If the application handles the error, its handler decides and the process may go on.
  const onCrash = (): void => {
    if (process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()) {
      pipeline.sendSoon();
      return;
    }
    by = 'crash';
    pipeline.sendTheRestBlocking(by);
  };

  const onExit = (): void => pipeline.sendTheRestBlocking(by);

  process.on('beforeExit', onBeforeExit);
  process.on('uncaughtExceptionMonitor', onCrash);
  process.on('exit', onExit);
  return () => {
    process.off('beforeExit', onBeforeExit);
    process.off('uncaughtExceptionMonitor', onCrash);
    process.off('exit', onExit);
  };
}
