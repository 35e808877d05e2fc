// observeOpenAI(): every call of a client of the `openai` package becomes a span. The client's methods are wrapped in
// place, because its helpers (parse, stream, runTools) call them on the client they belong to.
import { runWith } from '../active-context.ts';
import { quietly } from '../quietly.ts';
import { at } from '../read.ts';
import { currentGuard, refusalOf } from '../scope-guard.ts';
import { currentPipeline } from '../start.ts';
import { ModelCall } from './model-call.ts';
import { type Api, KINDS, spanName } from './request.ts';

export interface ObserveOpenAIOptions {
  /** `gen_ai.provider.name`. Default openai, or azure.ai.openai for a client of that class. */
  provider?: string | undefined;
  /**
   * True asks for the token counts of chat streams (`stream_options.include_usage`) where the request does not say.
   * The stream then ends with one more chunk, which has usage and no choices. Default false: requests stay as they are.
   */
  includeUsage?: boolean | undefined;
}

type Method = (...args: unknown[]) => unknown;

const OBSERVED = Symbol.for('telltale.observed');
const METHODS: readonly (readonly [Api, ...string[]])[] = [
  ['chat', 'chat', 'completions'],
  ['responses', 'responses'],
  ['embeddings', 'embeddings'],
  ['completions', 'completions'],
];

/**
 * Records the chat, responses, embeddings and completions calls of this client, streams included; returns the same
 * client. What the methods return stays what the package returns. Tested with openai 6. Never throws; a second call for
 * the same client changes nothing. A call that a defined agent around it may not make throws AgentStopped.
 */
export function observeOpenAI<Client extends object>(client: Client, options: ObserveOpenAIOptions = {}): Client {
  quietly(() => {
    if (at(client, OBSERVED) === true) return;
    Object.defineProperty(client, OBSERVED, { value: true });
    for (const [api, ...path] of METHODS) quietly(() => wrapCreate(client, api, at(client, ...path), options));
    wrapWithOptions(client, options);
  });
  return client;
}

function wrapCreate(client: object, api: Api, resource: unknown, options: ObserveOpenAIOptions): void {
  const original = at(resource, 'create');
  if (typeof original !== 'function') return;
  const create: Method = (...args) => {
    // A defined agent's limits hold for these calls too, recorded or not.
    const refusal = refusalOf(KINDS[api], quietly(() => spanName(api, args[0])) ?? api);
    const call = quietly(() => begin(client, api, args, options));
    if (refusal !== undefined) {
      call?.refuse(refusal);
      throw refusal;
    }
    const run = (): unknown => Reflect.apply(original, resource, args);
    if (call === undefined) return run();
    let result: unknown;
    try {
      result = runWith(call.active, run);
    } catch (error) {
      call.fail(error);
      throw error;
    }
    quietly(() => follow(result, call));
    return result;
  };
  Object.defineProperty(resource, 'create', { value: create, configurable: true, writable: true });
}

/** undefined when nothing is recorded, or counted against a cost limit. May add to the request what the user asked for. */
function begin(client: object, api: Api, args: unknown[], options: ObserveOpenAIOptions): ModelCall | undefined {
  if (currentPipeline() === null && currentGuard()?.costs.hasPrices !== true) return undefined;
  const provider = options.provider ?? (client.constructor.name === 'AzureOpenAI' ? 'azure.ai.openai' : 'openai');
  const call = new ModelCall(api, args[0], client, provider);
  const wantsUsage = options.includeUsage === true && (api === 'chat' || api === 'completions');
  if (wantsUsage && at(args[0], 'stream') === true) {
    const asked = (at(args[0], 'stream_options') ?? {}) as object;
    args[0] = { ...(args[0] as object), stream_options: { include_usage: true, ...asked } };
  }
  return call;
}

/**
 * The package's promise reads its answer only when it is awaited, and gives the raw response to callers who want that.
 * So it is not awaited here: its two fields, the pending response and how it is read, are replaced by observed ones.
 */
function follow(promise: unknown, call: ModelCall): void {
  const response = at(promise, 'responsePromise');
  const parse = at(promise, 'parseResponse');
  if (!(response instanceof Promise) || typeof parse !== 'function') {
    // Another version: an ordinary promise.
    void Promise.resolve(promise).then(
      (value) => call.answered(value),
      (error: unknown) => call.fail(error),
    );
    return;
  }
  const observed = response.then(
    (props: unknown) => {
      call.responded(props);
      return props;
    },
    (error: unknown) => {
      call.fail(error);
      throw error;
    },
  );
  Reflect.set(promise as object, 'responsePromise', observed);
  Reflect.set(promise as object, 'parseResponse', async (...args: unknown[]) => {
    call.reads();
    try {
      const value: unknown = await Reflect.apply(parse, promise, args);
      quietly(() => call.answered(value));
      return value;
    } catch (error) {
      call.fail(error);
      throw error;
    }
  });
  watchRawUse(promise as object, call);
}

/** `asResponse()` hands out a response whose body the application reads itself: the call is over when it is there. */
function watchRawUse(promise: object, call: ModelCall): void {
  const asResponse = at(promise, 'asResponse');
  if (typeof asResponse !== 'function') return;
  Reflect.set(promise, 'asResponse', () => {
    call.asksRaw();
    return Reflect.apply(asResponse, promise, []);
  });
}

/** A client made from this one is observed too. */
function wrapWithOptions(client: object, options: ObserveOpenAIOptions): void {
  const original = at(client, 'withOptions');
  if (typeof original !== 'function') return;
  const withOptions: Method = (...args) => observeOpenAI(Reflect.apply(original, client, args) as object, options);
  Object.defineProperty(client, 'withOptions', { value: withOptions, configurable: true, writable: true });
}
