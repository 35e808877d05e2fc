// A crash would take the last spans along: after an uncaught error Node emits no `beforeExit` and waits for nothing.
import type { Pipeline } from './pipeline.ts';

/** Longest time that a crashing process stays for its spans. */
const LAST_SEND_MS = 2_000;

/**
 * Sends what waits when an error is caught by nobody, then lets Node end the process as it would have: same output, same
 * exit code. Where the application has a handler of its own, that one decides and nothing is held. Returns how to stop.
 */
export function sendOnCrash(pipeline: Pipeline): () => void {
  const onCrash = (error: unknown): void => {
    if (pipeline.delivery().pending === 0) return;
    if (isHandledElsewhere()) {
      void pipeline.flush(LAST_SEND_MS);
      return;
    }
    // Otherwise the error that is thrown again would be held again.
    stop();
    const die = holdCrash(error);
    void pipeline.flush(LAST_SEND_MS).then(({ pending }) => {
      if (pending > 0) {
        pipeline.settings.log(
          `[telltale] The process crashed; ${pending} of its last spans could not be sent in time.`,
        );
        pipeline.giveUp();
      }
      die();
    });
  };
  const stop = (): void => {
    process.off('uncaughtExceptionMonitor', onCrash);
  };
  process.on('uncaughtExceptionMonitor', onCrash);
  return stop;
}

function isHandledElsewhere(): boolean {
  return process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
}

/** Keeps Node from ending the process for `error`. The answer ends it after all. */
function holdCrash(error: unknown): () => void {
  // Later errors are not shown: without us the process would not have come to them.
  const hold = (): void => undefined;
  const letGo = (): void => {
    process.off('uncaughtException', hold);
    process.off('exit', onExit);
  };
  // Code that still runs may call process.exit(0); a crash it was all the same.
  const onExit = (): void => {
    letGo();
    process.exitCode = 1;
    throw error;
  };
  process.on('uncaughtException', hold);
  process.on('exit', onExit);
  return () => {
    letGo();
    throwAgain(error);
  };
}

/** Node prints the error and ends the process. */
function throwAgain(error: unknown): void {
  // A rejection first: for it Node shows the line where the error was made, for a throw it would show ours.
  if (error instanceof Error && process.listenerCount('unhandledRejection') === 0) void Promise.reject(error);
  // For what is no error, and where --unhandled-rejections lets rejections pass.
  setImmediate(() => {
    throw error;
  });
}
