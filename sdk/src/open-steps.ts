// Tracks open steps and announces runs and long steps, so that a backend can show what an agent is doing now and notice
// that its process died. Off the hot path: a step is added when it begins and removed when it ends; a timer announces
// the steps that are still open. Nothing is queued, because only what is open at the time of the announcement matters.
import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type CancelledBy, TELLTALE } from './attributes.ts';
import { now } from './clock.ts';
import type { OpenStepRecord } from './open-step-records.ts';
import { quietly } from './quietly.ts';

/** A run that ends sooner is not announced: its span is the news. */
const RUN_AFTER_MS = 100;
/** Other steps are announced when they last this long. */
const STEP_AFTER_MS = 1_000;
const MIN_PAUSE_MS = 100;
/** More open steps than this are not followed. Runs of agents that many at once are the backend's to sum up. */
const MAX_FOLLOWED = 10_000;
const MAX_ANNOUNCED = 2_000;
const MAX_A_REQUEST = 500;

interface OpenStep {
  readonly isRun: boolean;
  readonly sinceMs: number;
  /** When the receiver last accepted its announcement; null = never. */
  announcedMs: number | null;
  waitingFor: string | undefined;
  /** Something changed since it was last announced. */
  isNews: boolean;
}

export interface OpenStepsOptions {
  /** How often a step is announced again while it lasts. */
  intervalMs: number;
  /** False: nothing is announced, and open steps are only tracked. */
  isAnnouncing: boolean;
  /** Sends records; resolves to whether they were accepted. 'never' turns announcements off: the receiver ignores them. */
  announce: (records: readonly OpenStepRecord[]) => Promise<boolean | 'never'>;
  /** Milliseconds that only go forward. */
  nowMs?: () => number;
}

export class OpenSteps implements SpanProcessor {
  readonly #options: OpenStepsOptions;
  readonly #nowMs: () => number;
  readonly #open = new Map<Span, OpenStep>();
  readonly #wereAnnounced = new WeakSet<ReadableSpan>();
  #announcedCount = 0;
  #timer: NodeJS.Timeout | null = null;
  #dueMs = Number.POSITIVE_INFINITY;
  #isAnnouncing = false;
  #failures = 0;
  #isOff = false;

  constructor(options: OpenStepsOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#isOff = !options.isAnnouncing;
  }

  onStart(span: Span): void {
    if (this.#open.size >= MAX_FOLLOWED) return;
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    const parent = span.parentSpanContext;
    const { [TELLTALE.STEP_KIND]: kind, [TELLTALE.LOCAL_ROOT]: isLocalRoot } = span.attributes;
    const isRun = kind === 'agent' || parent === undefined || isLocalRoot === true;
    const sinceMs = this.#nowMs();
    this.#open.set(span, { isRun, sinceMs, announcedMs: null, waitingFor: undefined, isNews: false });
    this.#wakeAt(sinceMs + (isRun ? RUN_AFTER_MS : STEP_AFTER_MS));
  }

  onEnd(span: ReadableSpan): void {
    const step = this.#open.get(span as Span);
    if (step === undefined) return;
    this.#open.delete(span as Span);
    if (step.announcedMs === null) return;
    this.#announcedCount--;
    this.#wereAnnounced.add(span);
  }

  /** Whether the receiver knows that the step of this ended span is open. */
  wasAnnounced(span: ReadableSpan): boolean {
    return this.#wereAnnounced.has(span);
  }

  /** Ends all open steps as cancelled, the inner ones first: their process will not end them. */
  cancelAll(by: CancelledBy): void {
    for (const span of [...this.#open.keys()].reverse()) {
      quietly(() => {
        span.setAttributes({ [TELLTALE.STEP_OUTCOME]: 'cancelled', [TELLTALE.STEP_CANCELLED_BY]: by });
        span.end(now());
      });
    }
  }

  /** The step waits for a person or another system; undefined when it goes on. Announced at once. */
  setWaiting(span: unknown, waitingFor: string | undefined): void {
    const step = this.#open.get(span as Span);
    if (step === undefined || step.waitingFor === waitingFor) return;
    step.waitingFor = waitingFor;
    step.isNews = true;
    this.#wakeAt(this.#nowMs() + MIN_PAUSE_MS);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    this.#turnOff();
    return Promise.resolve();
  }

  #turnOff(): void {
    this.#isOff = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A timer that does not keep the process alive; a nearer wish replaces a later one. */
  #wakeAt(atMs: number): void {
    if (this.#isOff || this.#dueMs <= atMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#dueMs = atMs;
    this.#timer = setTimeout(() => void this.#wake(), Math.max(0, atMs - this.#nowMs()));
    this.#timer.unref();
  }

  async #wake(): Promise<void> {
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#timer = null;
    if (this.#isAnnouncing) return;
    this.#isAnnouncing = true;
    try {
      const startedMs = this.#nowMs();
      const due = this.#dueSteps(startedMs);
      const wentWell = due.length === 0 || (await this.#announce(due));
      this.#failures = wentWell ? 0 : this.#failures + 1;
    } catch {
      this.#failures++;
    } finally {
      this.#isAnnouncing = false;
      quietly(() => this.#wakeForNext());
    }
  }

  /** What to announce now: runs and long steps not announced yet, changed steps, and signs of life that are due. */
  #dueSteps(nowMs: number): [Span, OpenStep][] {
    const due: [Span, OpenStep][] = [];
    let remaining = MAX_ANNOUNCED - this.#announcedCount;
    for (const entry of this.#open) {
      const step = entry[1];
      if (nextMs(step, this.#options.intervalMs) > nowMs) continue;
      if (step.announcedMs === null && remaining-- <= 0) continue;
      due.push(entry);
    }
    return due;
  }

  async #announce(due: readonly [Span, OpenStep][]): Promise<boolean> {
    for (let i = 0; i < due.length; i += MAX_A_REQUEST) {
      const part = due.slice(i, i + MAX_A_REQUEST).filter(([span]) => this.#open.has(span));
      if (part.length === 0) continue;
      const records = part.map(([span, { announcedMs, waitingFor }]) => ({
        span,
        isFirst: announcedMs === null,
        waitingFor,
      }));
      for (const [, step] of part) step.isNews = false;
      const taken = await this.#options.announce(records);
      if (taken === 'never') this.#turnOff();
      if (taken !== true) {
        for (const [, step] of part) step.isNews = step.announcedMs !== null;
        return false;
      }
      for (const [span, step] of part) {
        if (step.announcedMs === null && this.#open.has(span)) this.#announcedCount++;
        step.announcedMs = this.#nowMs();
      }
    }
    return true;
  }

  #wakeForNext(): void {
    if (this.#isOff || this.#open.size === 0) return;
    const { intervalMs } = this.#options;
    const nowMs = this.#nowMs();
    let nearestMs = Number.POSITIVE_INFINITY;
    for (const step of this.#open.values()) nearestMs = Math.min(nearestMs, nextMs(step, intervalMs));
    // Back off while the receiver is unreachable.
    const pauseMs = Math.min(intervalMs, this.#failures === 0 ? MIN_PAUSE_MS : 500 * 2 ** Math.min(this.#failures, 10));
    // Steps over the limit stay due: checking again once per interval is enough.
    const isFull = this.#announcedCount >= MAX_ANNOUNCED;
    this.#wakeAt(Math.max(nearestMs, nowMs + (isFull ? Math.min(intervalMs, STEP_AFTER_MS) : pauseMs)));
  }
}

/** When the step is to be announced (again). */
function nextMs({ isNews, announcedMs, isRun, sinceMs }: OpenStep, intervalMs: number): number {
  if (isNews) return sinceMs;
  if (announcedMs !== null) return announcedMs + intervalMs;
  return sinceMs + (isRun ? RUN_AFTER_MS : STEP_AFTER_MS);
}
