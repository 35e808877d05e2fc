// `flushOnSignal`: the last spans of a process that is stopped by a signal. Whatever else handles the signal sees it as if
// the SDK were not there: our listener comes first, blocks for a moment, and is gone before the next one looks.
import { isMainThread } from 'node:worker_threads';
import type { Pipeline } from './pipeline.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Returns how to stop. */
export function sendOnSignal(pipeline: Pipeline): () => void {
  // Threads get no signals.
  if (!isMainThread) return () => undefined;
  let isStopped = false;

  const onSignal = (signal: NodeJS.Signals): void => {
    // Others count the listeners to learn whether the signal is theirs alone, so none of ours may be left.
    process.off(signal, onSignal);
    const others = process.listenerCount(signal);
    const isTheEnd = others === signalExitListeners();
    pipeline.sendTheRestBlocking(isTheEnd ? 'signal' : null);
    // Without a listener Node does what the signal asks for.
    if (others === 0) process.kill(process.pid, signal);
    // Still alive: a handler of the application goes on, or the process is the first of its container, which such a
    // signal does not end.
    setImmediate(() => {
      if (!isStopped) listen(signal);
    }).unref();
  };

  const listen = (signal: NodeJS.Signals): void => {
    process.off(signal, onSignal);
    process.prependListener(signal, onSignal);
  };

  // A listener that is put before ours and runs once is gone when we count: ours goes to the front again.
  const onNewListener = (name: string | symbol, listener: unknown): void => {
    const signal = SIGNALS.find((each) => each === name);
    if (signal === undefined || listener === onSignal) return;
    queueMicrotask(() => {
      if (!isStopped && process.listeners(signal).includes(onSignal)) listen(signal);
    });
  };

  for (const signal of SIGNALS) listen(signal);
  process.on('newListener', onNewListener);
  return () => {
    isStopped = true;
    process.off('newListener', onNewListener);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

interface Counted {
  count?: unknown;
}

/**
 * Listeners of signal-exit (in execa and most command-line tools): when a signal has no others, they end the process by
 * it at once. They are counted as that package counts its own copies.
 */
function signalExitListeners(): number {
  const older = (process as { __signal_exit_emitter__?: Counted }).__signal_exit_emitter__;
  const newer = (globalThis as Record<symbol, unknown>)[Symbol.for('signal-exit emitter')] as Counted | undefined;
  return [older, newer].reduce((sum, each) => sum + (typeof each?.count === 'number' ? each.count : 0), 0);
}
