// What a request asks for, as the GenAI conventions name it.
// https://github.com/open-telemetry/semantic-conventions-genai
import { STANDARD, type StepKind } from '../attributes.ts';
import { at, listAt, numberAt, textAt } from '../read.ts';
import { responseItems } from './responses-messages.ts';

/** The calls that are observed. */
export type Api = 'chat' | 'responses' | 'embeddings' | 'completions';

export const KINDS: Record<Api, StepKind> = {
  chat: 'llm',
  responses: 'llm',
  embeddings: 'embedding',
  completions: 'llm',
};

export const OPERATIONS: Record<Api, string> = {
  chat: 'chat',
  responses: 'chat',
  embeddings: 'embeddings',
  completions: 'text_completion',
};

/** `operation model`, as the conventions name the span of a call. */
export function spanName(api: Api, body: unknown): string {
  const model = textAt(body, 'model');
  return model === undefined ? OPERATIONS[api] : `${OPERATIONS[api]} ${model}`;
}

/** Attributes without content; what was not asked for is left out. */
export function requestAttributes(api: Api, body: unknown, client: unknown): Record<string, unknown> {
  const stop = at(body, 'stop');
  const choices = numberAt(body, 'n');
  return {
    [STANDARD.REQUEST_MODEL]: textAt(body, 'model'),
    [STANDARD.REQUEST_TEMPERATURE]: numberAt(body, 'temperature'),
    [STANDARD.REQUEST_TOP_P]: numberAt(body, 'top_p'),
    [STANDARD.REQUEST_MAX_TOKENS]:
      numberAt(body, 'max_completion_tokens') ?? numberAt(body, 'max_output_tokens') ?? numberAt(body, 'max_tokens'),
    [STANDARD.REQUEST_FREQUENCY_PENALTY]: numberAt(body, 'frequency_penalty'),
    [STANDARD.REQUEST_PRESENCE_PENALTY]: numberAt(body, 'presence_penalty'),
    [STANDARD.REQUEST_SEED]: numberAt(body, 'seed'),
    [STANDARD.REQUEST_STOP_SEQUENCES]: typeof stop === 'string' ? [stop] : stop,
    [STANDARD.REQUEST_CHOICE_COUNT]: choices === 1 ? undefined : choices,
    [STANDARD.REQUEST_STREAM]: at(body, 'stream') === true ? true : undefined,
    [STANDARD.OUTPUT_TYPE]: outputType(
      textAt(body, 'response_format', 'type') ?? textAt(body, 'text', 'format', 'type'),
    ),
    [STANDARD.CONVERSATION_ID]: textAt(body, 'conversation') ?? textAt(body, 'conversation', 'id'),
    [STANDARD.EMBEDDINGS_DIMENSIONS]: api === 'embeddings' ? numberAt(body, 'dimensions') : undefined,
    [STANDARD.REQUEST_ENCODING_FORMATS]:
      textAt(body, 'encoding_format') === undefined ? undefined : [textAt(body, 'encoding_format')],
    ...serverOf(textAt(client, 'baseURL')),
  };
}

function outputType(format: string | undefined): string | undefined {
  if (format === undefined) return undefined;
  return format.startsWith('json') ? 'json' : format;
}

function serverOf(baseUrl: string | undefined): Record<string, unknown> {
  if (baseUrl === undefined || !URL.canParse(baseUrl)) return {};
  const { hostname, port, protocol } = new URL(baseUrl);
  return {
    [STANDARD.SERVER_ADDRESS]: hostname,
    [STANDARD.SERVER_PORT]: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  };
}

/** The messages, text or texts that were sent; undefined = none. */
export function requestInput(api: Api, body: unknown): unknown {
  if (api === 'chat') return at(body, 'messages');
  if (api === 'completions') return at(body, 'prompt');
  const input = at(body, 'input');
  return api === 'responses' && Array.isArray(input) ? responseItems(input, 'user') : input;
}

/** The system prompt that is given beside the messages. */
export function requestSystem(api: Api, body: unknown): string | undefined {
  return api === 'responses' ? textAt(body, 'instructions') : undefined;
}

/** The tools that the model may call. */
export function requestTools(body: unknown): unknown {
  const tools = listAt(body, 'tools');
  return tools.length === 0 ? undefined : tools;
}
