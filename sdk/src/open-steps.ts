// Knows which steps are open, and says it of runs and long ones, so that a backend can show what an agent is doing now and notice when its
// process died. Off the hot path: a step is noted when it begins and forgotten when it ends; a timer tells about those
// that are still there. Nothing is queued, because what matters is only what is open at the moment of telling.
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
  /** When it was last told, taken by the receiver; null = never. */
  toldMs: number | null;
  waitingFor: string | undefined;
  /** Something is new since it was last told. */
  isNews: boolean;
}

export interface OpenStepsOptions {
  /** How often a step is told again while it lasts. */
  intervalMs: number;
  /** False: nothing is announced, and the open steps are only known. */
  isTelling: boolean;
  /** Sends records; resolves to whether they were taken. 'never' ends the telling: nobody listens to it. */
  tell: (records: readonly OpenStepRecord[]) => Promise<boolean | 'never'>;
  /** Milliseconds that only go forward. */
  nowMs?: () => number;
}

export class OpenSteps implements SpanProcessor {
  readonly #options: OpenStepsOptions;
  readonly #nowMs: () => number;
  readonly #open = new Map<Span, OpenStep>();
  readonly #wereTold = new WeakSet<ReadableSpan>();
  #announced = 0;
  #timer: NodeJS.Timeout | null = null;
  #dueMs = Number.POSITIVE_INFINITY;
  #isTelling = false;
  #failures = 0;
  #isOff = false;

  constructor(options: OpenStepsOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#isOff = !options.isTelling;
  }

  onStart(span: Span): void {
    if (this.#open.size >= MAX_FOLLOWED) return;
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    const parent = span.parentSpanContext;
    const { [TELLTALE.STEP_KIND]: kind, [TELLTALE.LOCAL_ROOT]: isLocalRoot } = span.attributes;
    const isRun = kind === 'agent' || parent === undefined || isLocalRoot === true;
    const sinceMs = this.#nowMs();
    this.#open.set(span, { isRun, sinceMs, toldMs: null, waitingFor: undefined, isNews: false });
    this.#wakeAt(sinceMs + (isRun ? RUN_AFTER_MS : STEP_AFTER_MS));
  }

  onEnd(span: ReadableSpan): void {
    const step = this.#open.get(span as Span);
    if (step === undefined) return;
    this.#open.delete(span as Span);
    if (step.toldMs === null) return;
    this.#announced--;
    this.#wereTold.add(span);
  }

  /** Whether the receiver knows that the step of this ended span is open. */
  wasAnnounced(span: ReadableSpan): boolean {
    return this.#wereTold.has(span);
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

  /** The step waits for a person or another system; undefined when it goes on. Told at once. */
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
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      const startedMs = this.#nowMs();
      const due = this.#dueSteps(startedMs);
      const wentWell = due.length === 0 || (await this.#tell(due));
      this.#failures = wentWell ? 0 : this.#failures + 1;
    } catch {
      this.#failures++;
    } finally {
      this.#isTelling = false;
      quietly(() => this.#wakeForNext());
    }
  }

  /** What to tell now: runs and long steps not told yet, news, and signs of life that are due. */
  #dueSteps(nowMs: number): [Span, OpenStep][] {
    const due: [Span, OpenStep][] = [];
    let room = MAX_ANNOUNCED - this.#announced;
    for (const entry of this.#open) {
      const step = entry[1];
      if (nextMs(step, this.#options.intervalMs) > nowMs) continue;
      if (step.toldMs === null && room-- <= 0) continue;
      due.push(entry);
    }
    return due;
  }

  async #tell(due: readonly [Span, OpenStep][]): Promise<boolean> {
    for (let i = 0; i < due.length; i += MAX_A_REQUEST) {
      const part = due.slice(i, i + MAX_A_REQUEST).filter(([span]) => this.#open.has(span));
      if (part.length === 0) continue;
      const records = part.map(([span, { toldMs, waitingFor }]) => ({ span, isFirst: toldMs === null, waitingFor }));
      for (const [, step] of part) step.isNews = false;
      const taken = await this.#options.tell(records);
      if (taken === 'never') this.#turnOff();
      if (taken !== true) {
        for (const [, step] of part) step.isNews = step.toldMs !== null;
        return false;
      }
      for (const [span, step] of part) {
        if (step.toldMs === null && this.#open.has(span)) this.#announced++;
        step.toldMs = this.#nowMs();
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
    // A receiver that is away is asked less and less often.
    const pauseMs = Math.min(intervalMs, this.#failures === 0 ? MIN_PAUSE_MS : 500 * 2 ** Math.min(this.#failures, 10));
    // Steps for which there is no room are due for ever: once an interval is enough to look again.
    const isFull = this.#announced >= MAX_ANNOUNCED;
    this.#wakeAt(Math.max(nearestMs, nowMs + (isFull ? Math.min(intervalMs, STEP_AFTER_MS) : pauseMs)));
  }
}

/** When the step is to be told (again). */
function nextMs({ isNews, toldMs, isRun, sinceMs }: OpenStep, intervalMs: number): number {
  if (isNews) return sinceMs;
  if (toldMs !== null) return toldMs + intervalMs;
  return sinceMs + (isRun ? RUN_AFTER_MS : STEP_AFTER_MS);
}
