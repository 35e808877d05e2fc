// One started SDK: a tracer provider of our own, its queue and its exporter. It sets no OpenTelemetry global, so another
// set-up can be registered before or after ours and neither gets the other's spans.
import type { Tracer } from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { CancelledBy } from './attributes.ts';
import { type Connection, readConnection } from './connection.ts';
import { type Delivery, DeliveryQueue } from './delivery.ts';
import { EndBudget, within, withinTurns } from './end-budget.ts';
import { type Exporter, makeExporter } from './exporter.ts';
import { sendTakeover } from './last-send.ts';
import { type OpenStepRecord, openStepRequest } from './open-step-records.ts';
import { OpenSteps } from './open-steps.ts';
import { quietly } from './quietly.ts';
import { checkReceiver, type Receiver } from './self-check.ts';
import type { Settings } from './settings.ts';
import { makePost, type Post } from './transport.ts';

const SCOPE_NAME = '@telltale/sdk';
const TRACES_PATH = /\/v1\/traces\/?$/;

export class Pipeline {
  readonly settings: Settings;
  readonly tracer: Tracer;
  readonly openSteps: OpenSteps;
  readonly #provider: BasicTracerProvider;
  readonly #queue: DeliveryQueue;
  readonly #exporter: Exporter;
  readonly #connection: Connection;
  readonly #post: Post;
  readonly #resource: Resource;
  #receiver: Promise<Receiver> | null = null;
  readonly #logged = new Set<string>();
  readonly #endBudget: EndBudget;
  /** The event loop was empty: the process ends unless new work arrives. */
  #hasNothingToDo = false;

  constructor(settings: Settings) {
    this.settings = settings;
    this.#endBudget = new EndBudget(settings.lastSendMs);
    this.#connection = readConnection(settings);
    this.#post = makePost(this.#connection);
    const timeoutMs = Math.min(this.#connection.timeoutMs, settings.exportTimeoutMs);
    this.#exporter = makeExporter(settings, this.#post, timeoutMs, (isReached) =>
      this.#endBudget.noteContact(isReached),
    );
    this.openSteps = new OpenSteps({
      intervalMs: settings.announceEveryMs,
      isAnnouncing: settings.announce !== false && TRACES_PATH.test(settings.url),
      announce: (records) => this.#announceOpenSteps(records),
    });
    this.#queue = new DeliveryQueue({
      exporter: this.#exporter,
      maxQueueSize: settings.maxQueueSize,
      maxBatchSize: Math.min(settings.maxBatchSize, settings.maxQueueSize),
      delayMs: settings.batchDelayMs,
      onFailure: (reason) => this.#logFailure(reason),
      onDropped: () => this.#logDropped(),
      wasAnnounced: (span) => this.openSteps.wasAnnounced(span),
    });
    this.#resource = makeResource(settings);
    // The sampler and the span limits of the OTEL_* variables are read by the provider itself.
    this.#provider = new BasicTracerProvider({
      resource: this.#resource,
      spanProcessors: [this.openSteps, this.#queue],
    });
    this.tracer = this.#provider.getTracer(SCOPE_NAME);
  }

  /** Logs once when the receiver will not accept the spans. Never rejects. */
  async selfCheck(): Promise<void> {
    const { problem } = await this.#askReceiver();
    if (problem !== null && !this.#logged.has('failure')) {
      this.#logOnce(
        'receiver',
        `Start-up check: ${this.settings.url} cannot take spans: ${problem}. The agent continues.`,
      );
    }
  }

  delivery(): Delivery {
    return this.#queue.delivery();
  }

  /** Sends waiting spans and waits for all answers, for at most `timeoutMs`. Never rejects. */
  async flush(timeoutMs: number): Promise<Delivery> {
    await within(timeoutMs, this.#queue.forceFlush());
    return this.delivery();
  }

  /** Starts sending waiting spans without waiting for the answer. */
  sendSoon(): void {
    void this.#queue.forceFlush();
  }

  /** Ends open steps as cancelled, flushes and closes. Spans that end later are counted as dropped. Never rejects. */
  async shutdown(timeoutMs: number): Promise<Delivery> {
    this.openSteps.cancelAll('shutdown');
    this.#queue.close();
    await within(timeoutMs, this.#provider.shutdown());
    return this.delivery();
  }

  /**
   * For a process whose event loop is empty: sends waiting spans and keeps the process alive for it, but not for long, and
   * not when the receiver is down. Never rejects.
   * @param mayHold false: the process is not kept alive
   */
  async holdForTheRest(mayHold: boolean): Promise<void> {
    this.#hasNothingToDo = true;
    const budgetMs = this.#endBudget.leftMs();
    if (!mayHold || budgetMs <= 0 || !this.#queue.hasUnsent) return;
    const sinceMs = performance.now();
    this.#exporter.hurry();
    await withinTurns(budgetMs, this.#queue.forceFlush());
    this.#endBudget.spend(sinceMs, this.#queue.hasUnsent);
  }

  /**
   * For a process that ends now and waits for no promise: ends open steps as cancelled, sends waiting spans and blocks
   * for a short time until they are answered. Never throws.
   * @param by what ends the process; null when it may continue: open steps stay open, and unsent spans still wait
   */
  sendTheRestBlocking(by: CancelledBy | null): void {
    quietly(() => {
      if (by !== null) this.openSteps.cancelAll(by);
      if (!this.#queue.hasUnsent) return;
      const takeover = this.#queue.takeOver();
      const sinceMs = performance.now();
      const last = { url: this.settings.url, exporter: this.#exporter, connection: this.#connection };
      sendTakeover(takeover, { ...last, untilMs: sinceMs + this.#endBudget.leftMs() });
      this.#endBudget.spend(sinceMs, this.#queue.hasUnsent);
      if (by === null) {
        takeover.putBack();
        return;
      }
      const lost = this.delivery().pending;
      takeover.giveUp();
      if (lost > 0 && !(this.#hasNothingToDo && this.#hasLoggedNoReceiver)) {
        this.#logOnce('exit', `The process ended; ${lost} of its last spans could not be sent in time.`);
      }
    });
  }

  /** One check at a time; its result is cached when the receiver was reached, otherwise the check is repeated. */
  #askReceiver(): Promise<Receiver> {
    this.#receiver ??= checkReceiver(this.#post, this.settings).then((receiver) => {
      this.#endBudget.noteContact(receiver.problem === null);
      if (!receiver.isReachable) this.#receiver = null;
      return receiver;
    });
    return this.#receiver;
  }

  /** Never rejects. */
  async #announceOpenSteps(records: readonly OpenStepRecord[]): Promise<boolean | 'never'> {
    const { settings } = this;
    if (settings.announce === undefined) {
      const { isReachable, acceptsOpenSteps } = await this.#askReceiver();
      if (!acceptsOpenSteps) return isReachable ? 'never' : false;
    }
    try {
      const url = settings.url.replace(TRACES_PATH, '/v1/logs');
      const body = openStepRequest(
        this.#resource,
        records,
        settings.announceEveryMs / 1000,
        settings.mask,
        this.#queue.lostCount,
      );
      const { status } = await this.#post(url, 'application/json', body);
      if (status === 404 || status === 405 || status === 501) return 'never';
      return status >= 200 && status < 300;
    } catch {
      return false;
    }
  }

  /** Logs once, not per batch: `flush()` reports the counts of later failures. */
  #logFailure(reason: string): void {
    if (this.#hasLoggedNoReceiver) return;
    this.#logOnce(
      'failure',
      `Spans could not be delivered to ${this.settings.url}: ${reason}. The agent continues; flush() reports how many are lost.`,
    );
  }

  /** The start-up check has logged it, and nothing has been accepted since. */
  get #hasLoggedNoReceiver(): boolean {
    return this.#logged.has('receiver') && this.delivery().sent === 0;
  }

  #logDropped(): void {
    this.#logOnce(
      'dropped',
      `More than ${this.settings.maxQueueSize} spans wait to be sent, so further spans are dropped. The agent continues; flush() reports how many. OTEL_BSP_MAX_QUEUE_SIZE sets the limit.`,
    );
  }

  #logOnce(topic: string, line: string): void {
    if (this.#logged.has(topic)) return;
    this.#logged.add(topic);
    this.settings.log(`[telltale] ${line} This is logged once.`);
  }
}

function makeResource(settings: Settings): Resource {
  return defaultResource()
    .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }))
    .merge(resourceFromAttributes({ 'process.pid': process.pid, 'process.runtime.version': process.versions.node }))
    .merge(resourceFromAttributes(settings.resource));
}
