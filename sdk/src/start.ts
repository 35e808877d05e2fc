// Starting, flushing and stopping: the only place that holds the running pipeline.
import type { Delivery } from './delivery.ts';
import { describeFailure } from './describe-failure.ts';
import { sendAtTheEnd } from './end-of-process.ts';
import { sendOnSignal } from './end-on-signal.ts';
import { Pipeline } from './pipeline.ts';
import { readSettings, type StartOptions } from './settings.ts';
import { shared } from './shared-state.ts';

/** What `start()` did. */
export interface StartResult {
  /** True when spans are recorded by this call; false when already started, disabled or impossible. */
  started: boolean;
  /** Where spans go, or null when they go nowhere. */
  endpoint: string | null;
  /** One sentence for a log. */
  message: string;
}

export interface FlushOptions {
  /** Longest wait in milliseconds. Spans not answered by then stay `pending`. Default 15,000. */
  timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const NOTHING_SENT: Delivery = { sent: 0, failed: 0, dropped: 0, pending: 0, lastError: null };

interface Running {
  pipeline: Pipeline | null;
  /** Kept after shutdown, so that the counts can still be asked for. */
  latest: Pipeline | null;
  /** Of the copy that started it. */
  stopWatchingTheEnd: () => void;
}

/** One for all copies of the SDK in this process: what one started, the others record with. */
const state = (): Running =>
  shared('running', () => ({ pipeline: null, latest: null, stopWatchingTheEnd: () => undefined }));

/** The running pipeline, or null before `start()` and after `shutdown()`. */
export function currentPipeline(): Pipeline | null {
  return state().pipeline;
}

/**
 * Starts sending spans to an OTLP receiver (default http://localhost:4318), honoring the OTEL_* variables.
 * Sets no OpenTelemetry global and sends no metrics. A second call changes nothing and logs that. Never throws: a receiver
 * that cannot be reached is logged once through `log`, a moment later.
 */
export function start(options: StartOptions = {}): StartResult {
  const running = state();
  if (running.pipeline !== null) return saySecondStart(running.pipeline);
  try {
    const settings = readSettings(options, process.env);
    if (settings.disabledBecause !== null) {
      return { started: false, endpoint: null, message: `Not recording: ${settings.disabledBecause}.` };
    }
    const pipeline = new Pipeline(settings);
    running.pipeline = pipeline;
    running.latest = pipeline;
    running.stopWatchingTheEnd = watchTheEnd(pipeline);
    if (settings.selfCheck) void pipeline.selfCheck();
    return { started: true, endpoint: settings.url, message: `Sending spans to ${settings.url}.` };
  } catch (error) {
    const message = `[telltale] start() failed, nothing is recorded: ${describeFailure(error)}.`;
    console.warn(message);
    return { started: false, endpoint: null, message };
  }
}

/**
 * Sends all waiting spans and reports the outcome of all spans since `start()`. Never throws; a receiver that is down
 * shows as `failed` with `lastError`.
 */
export async function flush(options: FlushOptions = {}): Promise<Delivery> {
  const { latest } = state();
  return latest === null ? { ...NOTHING_SENT } : latest.flush(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
}

/**
 * Ends open steps as cancelled, flushes, then stops recording; later spans run without being recorded. `start()` may be
 * called again. Never throws.
 */
export async function shutdown(options: FlushOptions = {}): Promise<Delivery> {
  const running = state();
  const stopping = running.pipeline;
  if (stopping === null) return flush(options);
  running.pipeline = null;
  running.stopWatchingTheEnd();
  return stopping.shutdown(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
}

function watchTheEnd(pipeline: Pipeline): () => void {
  const { flushOnExit, flushOnSignal } = pipeline.settings;
  const stops = [...(flushOnExit ? [sendAtTheEnd(pipeline)] : []), ...(flushOnSignal ? [sendOnSignal(pipeline)] : [])];
  return () => {
    for (const stop of stops) stop();
  };
}

function saySecondStart(pipeline: Pipeline): StartResult {
  const message = `start() was called before: the first call's settings stay, spans go to ${pipeline.settings.url}.`;
  pipeline.settings.log(`[telltale] ${message}`);
  return { started: false, endpoint: pipeline.settings.url, message };
}
