// A process that is stopped by a signal, or calls process.exit(), would take its last spans along. Crashes: crash.ts.
import type { Pipeline } from './pipeline.ts';

/** Longest time that an ending process stays for its spans. */
const LAST_SEND_MS = 2_000;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Sends what waits before the process ends, and lets it end as it would have: same signal, same exit code. Where the
 * application handles a signal itself, that handler decides and nothing is held. Returns how to stop.
 */
export function sendAtTheEnd(pipeline: Pipeline): () => void {
  let isDying = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isHandledElsewhere(signal)) {
      if (pipeline.delivery().pending > 0) void pipeline.flush(LAST_SEND_MS);
      return;
    }
    const die = (): void => {
      stop();
      // Without a listener Node does what the signal asks for.
      process.kill(process.pid, signal);
    };
    // The same wish twice: at once.
    if (isDying || pipeline.delivery().pending === 0) {
      die();
      return;
    }
    isDying = true;
    void pipeline.flush(LAST_SEND_MS).then(die);
  };
  const onExit = (): void => {
    if (pipeline.delivery().pending > 0) pipeline.sendTheRestBlocking(LAST_SEND_MS);
  };
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off('exit', onExit);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on('exit', onExit);
  return stop;
}

const isHandledElsewhere = (signal: NodeJS.Signals): boolean => process.listenerCount(signal) > 1;
