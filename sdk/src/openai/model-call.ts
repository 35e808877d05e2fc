// One call of a model and its span, from the request until the answer or the last chunk. However the call ends, its span
// ends exactly once.
import type { Context } from '@opentelemetry/api';
import { STANDARD, TELLTALE } from '../attributes.ts';
import { now } from '../clock.ts';
import { LlmSpan } from '../llm.ts';
import { quietly } from '../quietly.ts';
import { numberAt, textAt } from '../read.ts';
import { recordFailure } from '../record-failure.ts';
import { openSpan } from '../run-span.ts';
import { type AgentStopped, markStopped } from '../scope-stop.ts';
import { currentPipeline } from '../start.ts';
import { chunksOf } from './chunks.ts';
import {
  type Api,
  KINDS,
  OPERATIONS,
  requestAttributes,
  requestInput,
  requestSystem,
  requestTools,
  spanName,
} from './request.ts';
import { recordAnswer } from './response.ts';
import { isStream, watchStream } from './watch-stream.ts';

/** An answer that nobody reads must not keep its span open for ever. */
const UNREAD_MS = 60_000;

export class ModelCall {
  /** What the call runs in, so that spans of an HTTP instrumentation become its children. */
  readonly active: Context;
  readonly #api: Api;
  readonly #span: ReturnType<typeof openSpan>['span'];
  readonly #handle: LlmSpan;
  readonly #startedMs = performance.now();
  #isEnded = false;
  #isRead = false;
  #isRaw = false;
  #hasResponse = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(api: Api, body: unknown, client: unknown, provider: string) {
    const { span, active } = openSpan({
      name: spanName(api, body),
      kind: KINDS[api],
      operation: OPERATIONS[api],
      isRemoteCall: true,
      attributes: { [STANDARD.PROVIDER_NAME]: provider, ...requestAttributes(api, body, client) },
    });
    this.active = active;
    this.#api = api;
    this.#span = span;
    const [inputKey, outputKey] =
      api === 'embeddings'
        ? [TELLTALE.STEP_INPUT, TELLTALE.STEP_OUTPUT]
        : [STANDARD.INPUT_MESSAGES, STANDARD.OUTPUT_MESSAGES];
    this.#handle = new LlmSpan(span, inputKey, outputKey, textAt(body, 'model'));
    quietly(() => this.#recordRequest(body));
  }

  #recordRequest(body: unknown): void {
    const input = requestInput(this.#api, body);
    if (this.#api === 'embeddings') this.#handle.setContent(TELLTALE.STEP_INPUT, input);
    else if (input !== undefined) this.#handle.setInput(input);
    const system = requestSystem(this.#api, body);
    if (system !== undefined) {
      this.#handle.setContent(STANDARD.SYSTEM_INSTRUCTIONS, [{ type: 'text', content: system }]);
    }
    this.#handle.setContent(STANDARD.TOOL_DEFINITIONS, requestTools(body));
  }

  /** Status and headers are there; the body is read by whoever wants it. */
  responded(props: unknown): void {
    quietly(() => this.#handle.set(STANDARD.HTTP_STATUS, numberAt(props, 'response', 'status')));
    this.#hasResponse = true;
    if (this.#isRead || this.#isEnded) return;
    if (this.#isRaw) this.#leaveUnlessRead();
    this.#timer = setTimeout(() => this.#leave(), UNREAD_MS);
    this.#timer.unref();
  }

  /** The body is being read by the client library. */
  reads(): void {
    this.#isRead = true;
    clearTimeout(this.#timer);
  }

  /** The caller wants the raw response. */
  asksRaw(): void {
    this.#isRaw = true;
    if (this.#hasResponse) this.#leaveUnlessRead();
  }

  /** withResponse() asks for both; it has begun to read by the next turn. */
  #leaveUnlessRead(): void {
    setImmediate(() => {
      if (!this.#isRead) this.#leave();
    });
  }

  /** The answer of the client library: whole, or a stream. */
  answered(value: unknown): void {
    if (isStream(value)) {
      this.#watch(value);
      return;
    }
    this.#end(() => recordAnswer(this.#api, this.#handle, value));
  }

  #watch(stream: object): void {
    const settings = currentPipeline()?.settings;
    const limit = settings?.captureContent === true ? settings.maxContentLength : 0;
    const chunks = chunksOf(this.#api, limit);
    let isFirst = true;
    watchStream(stream, {
      onChunk: (chunk) => {
        if (isFirst) this.#handle.set(STANDARD.TIME_TO_FIRST_CHUNK, (performance.now() - this.#startedMs) / 1000);
        isFirst = false;
        chunks.add(chunk);
      },
      onEnd: (how, error) =>
        this.#end(() => {
          const failure = chunks.record(this.#handle);
          this.#handle.set(TELLTALE.STREAM_END, how);
          if (how === 'failed') return error;
          return how === 'aborted' ? new AbortedError('The stream was aborted before its end.') : failure;
        }),
    });
  }

  /** The call failed: refused, timed out, aborted, or its answer could not be read. */
  fail(error: unknown): void {
    this.#end(() => {
      this.#handle.set(STANDARD.HTTP_STATUS, numberAt(error, 'status'));
      this.#handle.setResponse({ id: textAt(error, 'requestID') });
      return error;
    });
  }

  /** The call was not made, because the agent around it has stopped. */
  refuse(stop: AgentStopped): void {
    this.#end(() => {
      markStopped(this.#span, stop, this.#api);
      return null;
    });
  }

  /** The answer is not read through the client library: only its status is known. */
  #leave(): void {
    this.#end(() => {
      this.#handle.warn('answer_not_read', 'The answer was not read through the client, so it is not recorded.');
      return null;
    });
  }

  /** @param record returns what went wrong, or null or undefined */
  #end(record: () => unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    quietly(() => {
      const error = record();
      if (error !== null && error !== undefined) recordFailure(this.#span, error);
    });
    quietly(() => this.#span.end(now()));
  }
}

class AbortedError extends Error {
  override name = 'APIUserAbortError';
}
