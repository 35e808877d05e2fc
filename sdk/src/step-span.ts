// The handle that a step's function receives: add what is known only while it runs. No method throws.
import type { Attributes, AttributeValue, Span, SpanContext } from '@opentelemetry/api';
import { TELLTALE } from './attributes.ts';
import { brand } from './brand.ts';
import { now } from './clock.ts';
import { quietly } from './quietly.ts';
import { recordFailure } from './record-failure.ts';
import { toText } from './safe-json.ts';
import { currentPipeline } from './start.ts';
import { frameOf } from './step-frame.ts';

/** Which attempt of an operation a step is. */
export interface RetryInfo {
  /** How many attempts there are at most. */
  maxAttempts?: number | undefined;
  /** Seconds waited before this attempt. */
  delaySeconds?: number | undefined;
  /** The attempt before this one: its span is linked. */
  previous?: StepSpan | SpanContext | undefined;
}

export class StepSpan {
  readonly #span: Span;
  readonly #inputKey: string;
  readonly #outputKey: string;
  #hasOutput = false;

  static {
    brand(StepSpan, 'StepSpan');
  }

  constructor(span: Span, inputKey: string = TELLTALE.STEP_INPUT, outputKey: string = TELLTALE.STEP_OUTPUT) {
    this.#span = span;
    this.#inputKey = inputKey;
    this.#outputKey = outputKey;
  }

  /** Trace ID, 32 hex digits; all zeros when nothing is recorded. */
  get traceId(): string {
    return this.context.traceId;
  }

  get spanId(): string {
    return this.context.spanId;
  }

  get context(): SpanContext {
    return this.#span.spanContext();
  }

  /** Sets one attribute or several. Objects become JSON; null and undefined are left out. */
  set(key: string, value: unknown): this;
  set(attributes: Record<string, unknown>): this;
  set(keyOrAttributes: string | Record<string, unknown>, value?: unknown): this {
    quietly(() => {
      const pairs = typeof keyOrAttributes === 'string' ? { [keyOrAttributes]: value } : keyOrAttributes;
      this.#span.setAttributes(toAttributes(pairs));
    });
    return this;
  }

  /** Records the input of the step; left out when content capture is off. */
  setInput(value: unknown): this {
    return this.setContent(this.#inputKey, value);
  }

  /** Records the output of the step. Without this call the function's return value is recorded. */
  setOutput(value: unknown): this {
    this.#hasOutput = true;
    return this.setContent(this.#outputKey, value);
  }

  /** An attribute that holds people's words or data: obeys the capture switch and the size limit. */
  setContent(key: string, value: unknown): this {
    quietly(() => {
      const settings = currentPipeline()?.settings;
      if (settings === undefined || !settings.captureContent) return;
      const text = toText(value, settings.maxContentLength, settings.mask, key);
      if (text !== undefined) this.#span.setAttribute(key, text);
    });
    return this;
  }

  /** Something that happened at one moment inside the step. */
  event(name: string, attributes: Record<string, unknown> = {}): this {
    quietly(() => this.#span.addEvent(String(name), toAttributes(attributes), now()));
    return this;
  }

  /** Marks the step as failed without throwing, for failures that come as values. */
  fail(error: unknown): this {
    recordFailure(this.#span, error);
    return this;
  }

  /** Points to another span that this one has to do with, also in another trace. */
  link(to: Pick<SpanContext, 'traceId' | 'spanId'>): this {
    quietly(() => this.#span.addLink({ context: { traceFlags: 0, ...to } }));
    return this;
  }

  /** Says that this step is attempt `attempt` (0 = first) of an operation, and links the attempt before it. */
  retryAttempt(attempt: number, info: RetryInfo = {}): this {
    quietly(() => {
      this.#noteAttempt(attempt + 1, info.maxAttempts);
      this.set({
        [TELLTALE.RETRY_ATTEMPT]: attempt,
        [TELLTALE.RETRY_MAX_ATTEMPTS]: info.maxAttempts,
        [TELLTALE.RETRY_DELAY]: info.delaySeconds,
      });
      const previous = info.previous instanceof StepSpan ? info.previous.context : info.previous;
      if (previous !== undefined) this.#span.addLink({ context: previous });
    });
    return this;
  }

  /** For the payload of a failure. */
  #noteAttempt(attempt: number, maxAttempts: number | undefined): void {
    const frame = frameOf(this.#span);
    if (frame === undefined || !Number.isInteger(attempt)) return;
    frame.attempt = attempt;
    frame.maxAttempts = Number.isInteger(maxAttempts) ? (maxAttempts ?? attempt) : attempt;
  }

  /**
   * Says that this step waits for a person or another system, such as an approval; `null` when it goes on. A Telltale
   * shows the run as waiting meanwhile. `waitFor()` does both.
   */
  waitingFor(target: string | null): this {
    quietly(() => {
      const text = target === null ? undefined : String(target);
      currentPipeline()?.openSteps.setWaiting(this.#span, text);
      this.event(TELLTALE.WAITING_EVENT, { [TELLTALE.WAITING_FOR]: text });
    });
    return this;
  }

  /** A warning of the SDK about a value it was given. */
  warn(code: string, message: string): this {
    return this.event(TELLTALE.WARNING_EVENT, { [TELLTALE.WARNING_CODE]: code, [TELLTALE.WARNING_MESSAGE]: message });
  }

  /** Records the return value, unless the function recorded an output itself. */
  outputDefault(value: unknown): void {
    if (!this.#hasOutput) this.setOutput(value);
  }
}

/** More of one call are ignored: a span keeps 128 by default. */
const MAX_ATTRIBUTES = 1_000;

/** Attribute values as OpenTelemetry takes them: primitives and flat lists stay, the rest becomes JSON. */
export function toAttributes(values: Record<string, unknown>): Attributes {
  const attributes: Attributes = {};
  // A text or a buffer has a key for each of its characters or bytes.
  if (typeof values !== 'object' || values === null || ArrayBuffer.isView(values)) return attributes;
  for (const key of Object.keys(values).slice(0, MAX_ATTRIBUTES)) {
    const usable = quietly(() => toAttributeValue(values[key], key));
    if (usable !== undefined) attributes[key] = usable;
  }
  return attributes;
}

function toAttributeValue(value: unknown, key: string): AttributeValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  // JSON has no NaN and no infinity.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return [...value];
  const settings = currentPipeline()?.settings;
  return toText(value, settings?.maxContentLength ?? 0, settings?.mask, key);
}
