// deadLetters(): keeps work that failed permanently, as a span and in a sink, and repeats it later with replay().
import { randomUUID } from 'node:crypto';
import { activeContext, agentScope } from '../active-context.ts';
import { type DeadLetterReason, TELLTALE } from '../attributes.ts';
import {
  expectFunction,
  expectName,
  expectOptionalFunction,
  expectOptionalSignal,
  expectOptions,
  misused,
} from '../expect.ts';
import { quietly } from '../quietly.ts';
import { at, isA } from '../read.ts';
import { errorMessage } from '../record-error.ts';
import { currentPipeline } from '../start.ts';
import { step } from '../step.ts';
import type { StepSpan } from '../step-span.ts';
import type { DeadLetter, DeadLetterSink, Handled } from './dead-letter.ts';
import { deadLetterFile } from './dead-letter-file.ts';
import { type Failure, failureOf, noteFailure } from './failure.ts';
import { maskSecrets, maskTexts } from './mask-secrets.ts';
import { lastErrorOf } from './retries-exhausted.ts';
import { type Runtime, runtimeOf } from './runtime.ts';

export interface DeadLetterOptions {
  /** Default: the file `.telltale/dead-letters/<queue>.jsonl` in the working directory. */
  sink?: DeadLetterSink | undefined;
  /** Applied to the input before it is kept. Default: values under secret keys become `[masked]`. */
  mask?: ((input: unknown) => unknown) | undefined;
  runtime?: Partial<Runtime> | undefined;
}

export interface LetterFacts {
  step: string;
  input?: unknown;
  inputRef?: string | undefined;
  idempotencyKey?: string | undefined;
  /** Default: `max_attempts` for a transient error, `rejected` for any other. */
  reason?: DeadLetterReason | undefined;
}

/** The outcome of letters since this object was made. */
export interface DeadLetterCounts {
  kept: number;
  /** The sink refused them; their spans still record them. */
  lost: number;
}

export interface ReplayResult {
  replayed: number;
  failed: number;
  skipped: number;
}

export interface ReplayOptions {
  /** Only letters for which this is true; others stay as they are. */
  only?: ((letter: DeadLetter) => boolean) | undefined;
  /** At most so many. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
}

const USAGE = {
  make: "deadLetters('refunds', { sink: deadLetterFile(path) })",
  catch: "letters.catch({ step: 'payments.refund', input }, () => …)",
  put: "letters.put(error, { step: 'payments.refund', input })",
  replay: 'letters.replay((letter) => …, { limit: 100 })',
};

function expectFacts(usage: string, facts: unknown, fn?: unknown): void {
  expectOptions(usage, facts, typeof facts === 'function' && fn === undefined);
  expectName(usage, 'step', at(facts, 'step'));
}

export class DeadLetters {
  readonly queue: string;
  readonly counts: DeadLetterCounts = { kept: 0, lost: 0 };
  readonly #sink: DeadLetterSink;
  readonly #mask: (input: unknown) => unknown;
  readonly #runtime: Runtime;

  constructor(queue: string, options: DeadLetterOptions = {}) {
    expectName(USAGE.make, 'The queue', queue);
    expectOptions(USAGE.make, options);
    expectOptionalFunction(USAGE.make, options, 'mask');
    const { sink } = options;
    if (sink !== undefined && !['put', 'drain'].every((method) => typeof at(sink, method) === 'function'))
      misused(USAGE.make, 'sink must have put and drain: deadLetterFile(path), or one of your own.');
    this.queue = queue;
    this.#sink = options.sink ?? deadLetterFile(`.telltale/dead-letters/${fileName(queue)}.jsonl`);
    this.#mask = options.mask ?? maskSecrets;
    this.#runtime = runtimeOf(options.runtime);
  }

  /** Runs `fn`; its failure is kept as a dead letter, and then thrown unchanged. */
  async catch<T>(facts: LetterFacts, fn: () => T | Promise<T>): Promise<T> {
    expectFacts(USAGE.catch, facts, fn);
    expectFunction(USAGE.catch, fn);
    try {
      return await fn();
    } catch (error) {
      await this.put(error, facts);
      throw error;
    }
  }

  /**
   * Keeps a failure. When the sink refuses, the span says so and `counts.lost` goes up; nothing is thrown.
   * Resolves to the letter.
   */
  async put(error: unknown, facts: LetterFacts): Promise<DeadLetter> {
    expectFacts(USAGE.put, facts);
    return step(`dead letter ${facts.step}`, { captureOutput: false }, async (span) => {
      const letter = this.#letter(span, lastErrorOf(error), facts);
      span.set({
        [TELLTALE.DEAD_LETTER_ID]: letter.id,
        [TELLTALE.DEAD_LETTER_QUEUE]: this.queue,
        [TELLTALE.DEAD_LETTER_REASON]: letter.reason,
        [TELLTALE.FAILURE_STEP]: letter.step,
        [TELLTALE.FAILURE_ATTEMPT]: letter.error.attempt,
        [TELLTALE.FAILURE_INPUT_REF]: letter.inputRef,
      });
      quietly(() => span.setInput(letter));
      try {
        await this.#sink.put(letter);
        this.counts.kept += 1;
      } catch (refusal) {
        this.counts.lost += 1;
        span.warn('dead_letter_lost', `The dead letter could not be kept: ${errorMessage(refusal)}`);
        span.fail(refusal);
      }
      return letter;
    });
  }

  /**
   * Does the work of waiting letters again, oldest first: `handler` gets the letter, in a span that links the failed
   * one. A letter whose handler resolves is removed; the others stay, with one more replay counted. What was masked is
   * masked: load it by `inputRef`. Of several processes one at a time has a letter. Handlers should be idempotent, since a
   * process that is killed in the middle of one leaves its letter to the next.
   * @throws what the sink throws when it cannot be read
   */
  async replay(handler: (letter: DeadLetter) => unknown, options: ReplayOptions = {}): Promise<ReplayResult> {
    expectFunction(USAGE.replay, handler);
    expectOptions(USAGE.replay, options);
    expectOptionalFunction(USAGE.replay, options, 'only');
    expectOptionalSignal(USAGE.replay, options);
    const result: ReplayResult = { replayed: 0, failed: 0, skipped: 0 };
    await this.#sink.drain(async (letter) => {
      const isOver = options.signal?.aborted === true || result.replayed + result.failed >= (options.limit ?? Infinity);
      if (isOver || options.only?.(letter) === false) {
        result.skipped += 1;
        return { done: false, letter };
      }
      const handled = await this.#again(letter, handler);
      result[handled.done ? 'replayed' : 'failed'] += 1;
      return handled;
    });
    return result;
  }

  async #again(letter: DeadLetter, handler: (letter: DeadLetter) => unknown): Promise<Handled> {
    try {
      const options = { input: letter.input, inputRef: letter.inputRef, captureOutput: false };
      await step(`replay ${letter.step}`, options, async (span) => {
        span.set({ [TELLTALE.DEAD_LETTER_ID]: letter.id, [TELLTALE.DEAD_LETTER_QUEUE]: letter.queue });
        span.link({ traceId: letter.traceId, spanId: letter.spanId });
        return handler(letter);
      });
      return { done: true };
    } catch (error) {
      const failure = failureOf(error) ?? { ...letter.error, message: errorMessage(error) };
      return { done: false, letter: { ...letter, error: failure, replays: letter.replays + 1 } };
    }
  }

  #letter(span: StepSpan, error: unknown, facts: LetterFacts): DeadLetter {
    const nowMs = this.#runtime.nowMs();
    const failure = failureOf(error) ?? this.#failure(span, error, facts, nowMs);
    const scope = agentScope(activeContext());
    const input = quietly(() => json(applicationMask(this.#mask(facts.input))));
    const stack = isA(error, Error) ? quietly(() => applicationMask(error.stack)) : undefined;
    const message = quietly(() => applicationMask(failure.message));
    return {
      id: randomUUID(),
      queue: this.queue,
      step: facts.step,
      reason: facts.reason ?? (failure.isTransient ? 'max_attempts' : 'rejected'),
      at: new Date(nowMs).toISOString(),
      ...(input === undefined ? {} : { input }),
      inputRef: facts.inputRef ?? failure.inputRef,
      error: { ...failure, message: textOr(message, ''), ...(typeof stack === 'string' ? { stack } : {}) },
      traceId: failure.traceId,
      spanId: failure.spanId,
      agent: scope.agentName,
      sessionId: scope.sessionId,
      userId: scope.userId,
      idempotencyKey: facts.idempotencyKey,
      replays: 0,
    };
  }

  /** An error from outside the SDK has no payload yet: it is made from the letter's own span. */
  #failure(span: StepSpan, error: unknown, facts: LetterFacts, nowMs: number): Failure {
    const inputRef = facts.inputRef ?? `${span.traceId}/${span.spanId}`;
    const made = noteFailure(span, error, { step: facts.step, attempt: 1, maxAttempts: 1, inputRef, nowMs });
    if (made !== undefined) return made;
    const { traceId, spanId } = span;
    const base = { step: facts.step, errorType: '_OTHER', message: '', status: null, attempt: 1, maxAttempts: 1 };
    return { ...base, isTransient: false, inputRef, traceId, spanId, at: new Date(nowMs).toISOString() };
  }
}

/** Makes a queue of dead letters. @throws TypeError without a name, or with a sink that is none */
export function deadLetters(queue: string, options: DeadLetterOptions = {}): DeadLetters {
  return new DeadLetters(queue, options);
}

/** The mask given to `start({ mask })` applies to this file as it applies to the export. */
function applicationMask(value: unknown): unknown {
  const mask = currentPipeline()?.settings.mask;
  return mask === undefined ? value : maskTexts(value, mask);
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

/** Only what JSON knows; undefined when the input cannot be written as JSON. */
function json(input: unknown): unknown {
  const text = JSON.stringify(input);
  return text === undefined ? undefined : JSON.parse(text);
}

function fileName(queue: string): string {
  return queue.replace(/[^\w.-]/g, '_').replace(/^\.+/, '_') || '_';
}
