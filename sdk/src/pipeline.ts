// One started SDK: a tracer provider of our own, its queue and its exporter. It touches no global of OpenTelemetry,
// so another set-up can be registered before or after ours and neither takes the other's spans.
import type { Tracer } from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { CountingExporter, CountingQueue, type Delivery } from './delivery.ts';
import { makeExporter } from './exporter.ts';
import { type OpenStepRecord, openStepRequest } from './open-step-records.ts';
import { OpenSteps } from './open-steps.ts';
import { quietly } from './quietly.ts';
import { checkReceiver, type Receiver } from './self-check.ts';
import { sendBlocking } from './send-blocking.ts';
import type { Settings } from './settings.ts';
import { makePost, type Post } from './transport.ts';

const SCOPE_NAME = '@telltale/sdk';
const TRACES_PATH = /\/v1\/traces\/?$/;

export class Pipeline {
  readonly settings: Settings;
  readonly tracer: Tracer;
  readonly openSteps: OpenSteps;
  readonly #provider: BasicTracerProvider;
  readonly #queue: CountingQueue;
  readonly #exporter: CountingExporter;
  readonly #post: Post;
  readonly #resource: Resource;
  #receiver: Promise<Receiver> | null = null;
  readonly #said = new Set<string>();

  constructor(settings: Settings) {
    this.settings = settings;
    this.#post = makePost(settings);
    this.#exporter = new CountingExporter(makeExporter(settings), (reason) => this.#sayFailure(reason));
    const { maxQueueSize, scheduledDelayMillis } = settings;
    const batch = new BatchSpanProcessor(this.#exporter, {
      maxQueueSize,
      ...(scheduledDelayMillis === undefined ? {} : { scheduledDelayMillis }),
    });
    this.#queue = new CountingQueue(batch, this.#exporter, settings.maxQueueSize, () => this.#sayDropped());
    this.openSteps = new OpenSteps({
      intervalMs: settings.announceEveryMs,
      tell: (records) => this.#tellOpenSteps(records),
    });
    this.#resource = makeResource(settings);
    const isAnnouncing = settings.announce !== false && TRACES_PATH.test(settings.url);
    // The sampler and the span limits of the OTEL_* variables are read by the provider itself.
    this.#provider = new BasicTracerProvider({
      resource: this.#resource,
      spanProcessors: isAnnouncing ? [this.openSteps, this.#queue] : [this.#queue],
    });
    this.tracer = this.#provider.getTracer(SCOPE_NAME);
  }

  /** Says once, if so, that nothing will arrive where the spans go. Never rejects. */
  async selfCheck(): Promise<void> {
    const { problem } = await this.#askReceiver();
    if (problem !== null && !this.#said.has('failure')) {
      this.#sayOnce(
        'receiver',
        `Start-up check: ${this.settings.url} cannot take spans: ${problem}. The agent goes on.`,
      );
    }
  }

  delivery(): Delivery {
    return this.#queue.delivery();
  }

  /** Sends what waits and waits for what is on the way, for at most `timeoutMs`. Never rejects. */
  async flush(timeoutMs: number): Promise<Delivery> {
    await within(timeoutMs, this.#drain());
    return this.delivery();
  }

  /** Flushes and closes. Spans that end later are counted as dropped. Never rejects. */
  async shutdown(timeoutMs: number): Promise<Delivery> {
    await within(timeoutMs, this.#provider.shutdown());
    return this.delivery();
  }

  /** For a process that ends now and waits for no promise: sends what waits, for at most `timeoutMs`. Never throws. */
  sendTheRestBlocking(timeoutMs: number): void {
    quietly(() => {
      const { spans, book } = this.#queue.takeUnsent();
      if (spans.length === 0) return;
      const isSent = sendBlocking(this.settings, spans, timeoutMs);
      book(isSent);
      if (!isSent)
        this.#sayOnce('exit', `The process ended; ${spans.length} of its last spans could not be sent in time.`);
    });
  }

  /** Nothing more is tried: what waits was told to be lost. */
  giveUp(): void {
    this.#queue.takeUnsent().book(false);
  }

  async #drain(): Promise<void> {
    await this.#queue.forceFlush();
    await this.#exporter.forceFlush();
  }

  /** One question at a time; an answer is kept, no answer is asked for again. */
  #askReceiver(): Promise<Receiver> {
    this.#receiver ??= checkReceiver(this.#post, this.settings).then((receiver) => {
      if (!receiver.isReachable) this.#receiver = null;
      return receiver;
    });
    return this.#receiver;
  }

  /** Never rejects. */
  async #tellOpenSteps(records: readonly OpenStepRecord[]): Promise<boolean | 'never'> {
    const { settings } = this;
    if (settings.announce === undefined) {
      const { isReachable, acceptsOpenSteps } = await this.#askReceiver();
      if (!acceptsOpenSteps) return isReachable ? 'never' : false;
    }
    try {
      const url = settings.url.replace(TRACES_PATH, '/v1/logs');
      const body = openStepRequest(this.#resource, records, settings.announceEveryMs / 1000, settings.mask);
      const { status } = await this.#post(url, 'application/json', body);
      if (status === 404 || status === 405 || status === 501) return 'never';
      return status >= 200 && status < 300;
    } catch {
      return false;
    }
  }

  /** Once, not per batch: `flush()` carries the counts of what follows. */
  #sayFailure(reason: string): void {
    // The start-up check said so already.
    if (this.#said.has('receiver') && this.delivery().sent === 0) return;
    this.#sayOnce(
      'failure',
      `Spans could not be delivered to ${this.settings.url}: ${reason}. The agent goes on; flush() tells how many are lost.`,
    );
  }

  #sayDropped(): void {
    this.#sayOnce(
      'dropped',
      `More than ${this.settings.maxQueueSize} spans wait to be sent, so further ones are dropped. The agent goes on; flush() tells how many. OTEL_BSP_MAX_QUEUE_SIZE sets the limit.`,
    );
  }

  #sayOnce(topic: string, line: string): void {
    if (this.#said.has(topic)) return;
    this.#said.add(topic);
    this.settings.log(`[telltale] ${line} This is said once.`);
  }
}

function makeResource(settings: Settings): Resource {
  return defaultResource()
    .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }))
    .merge(resourceFromAttributes({ 'process.pid': process.pid, 'process.runtime.version': process.versions.node }))
    .merge(resourceFromAttributes(settings.resource));
}

async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  try {
    await Promise.race([work, deadline]);
  } catch {
    // What failed is in the counts.
  } finally {
    clearTimeout(timer);
  }
}
