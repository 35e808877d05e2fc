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
import type { Settings } from './settings.ts';

const SCOPE_NAME = '@telltale/sdk';

export class Pipeline {
  readonly settings: Settings;
  readonly tracer: Tracer;
  readonly #provider: BasicTracerProvider;
  readonly #queue: CountingQueue;
  readonly #exporter: CountingExporter;
  #saidFailure = false;

  constructor(settings: Settings) {
    this.settings = settings;
    this.#exporter = new CountingExporter(makeExporter(settings), (reason) => this.#sayFailure(reason));
    const batch = new BatchSpanProcessor(this.#exporter, { maxQueueSize: settings.maxQueueSize });
    this.#queue = new CountingQueue(batch, this.#exporter, settings.maxQueueSize);
    // The sampler and the span limits of the OTEL_* variables are read by the provider itself.
    this.#provider = new BasicTracerProvider({ resource: makeResource(settings), spanProcessors: [this.#queue] });
    this.tracer = this.#provider.getTracer(SCOPE_NAME);
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

  async #drain(): Promise<void> {
    await this.#queue.forceFlush();
    await this.#exporter.forceFlush();
  }

  /** Once, not per batch: `flush()` carries the counts of what follows. */
  #sayFailure(reason: string): void {
    if (this.#saidFailure) return;
    this.#saidFailure = true;
    this.settings.log(
      `[telltale] Spans could not be delivered to ${this.settings.url}: ${reason}. The agent goes on; flush() tells how many are lost. This is said once.`,
    );
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
