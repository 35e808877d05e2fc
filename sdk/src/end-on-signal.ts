// `flushOnSignal`: sends the last spans of a process that is stopped by a signal. Other listeners see the signal as
// without the SDK: our listener runs first, blocks for a moment, and is removed before the next one runs.
import { isMainThread } from 'node:worker_threads';
import type { Pipeline } from './pipeline.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Returns a function that stops it. */
export function sendOnSignal(pipeline: Pipeline): () => void {
  // Threads get no signals.
  if (!isMainThread) return () => undefined;
  let isStopped = false;

  const onSignal = (signal: NodeJS.Signals): void => {
    // Others count the listeners to find out whether the signal is theirs alone, so ours must be removed.
    process.off(signal, onSignal);
    const others = process.listenerCount(signal);
    const isTheEnd = others === signalExitListeners();
    pipeline.sendTheRestBlocking(isTheEnd ? 'signal' : null);
    // Without a listener Node applies the default action of the signal.
    if (others === 0) process.kill(process.pid, signal);
    // Still alive: a handler of the application continues, or the process is PID 1 of its container, which such a signal
    // does not end.
    setImmediate(() => {
      if (!isStopped) listen(signal);
    }).unref();
  };

  const listen = (signal: NodeJS.Signals): void => {
    process.off(signal, onSignal);
    process.prependListener(signal, onSignal);
  };

  // A `once` listener that is prepended before ours would be gone when we count: ours moves to the front again.
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
