// Assembles the chunks of a stream into the answer, as far as it was received.
import type { LlmSpan } from '../llm.ts';
import { at, listAt, numberAt, textAt } from '../read.ts';
import { BoundedText } from './bounded-text.ts';
import { Logprobs } from './logprobs.ts';
import type { Api } from './request.ts';
import { failureOf, recordAnswer } from './response.ts';

export interface Chunks {
  add(chunk: unknown): void;
  /** Records what was received. @returns an error when the stream itself reported that the call failed */
  record(span: LlmSpan): Error | null;
}

/** @param limit longest text that is kept, UTF-16 units; 0 = texts are not recorded */
export function chunksOf(api: Api, limit: number): Chunks {
  return api === 'responses' ? new ResponseEvents(limit) : new ChatChunks(api, limit);
}

/** More choices or tool calls than this are a fault of the server. */
const MAX_PARTS = 128;

interface Choice {
  readonly content: BoundedText;
  readonly refusal: BoundedText;
  readonly calls: Map<number, { id: string | undefined; name: string | undefined; args: BoundedText }>;
  finishReason: string | undefined;
}

class ChatChunks implements Chunks {
  readonly #api: Api;
  readonly #limit: number;
  readonly #choices = new Map<number, Choice>();
  readonly #logprobs = new Logprobs();
  /** The first of each that came; usage is the last. */
  readonly #about: Record<string, unknown> = {};

  constructor(api: Api, limit: number) {
    this.#api = api;
    this.#limit = limit;
  }

  add(chunk: unknown): void {
    for (const key of ['id', 'model', 'system_fingerprint', 'service_tier']) this.#about[key] ??= at(chunk, key);
    this.#about.usage = at(chunk, 'usage') ?? this.#about.usage;
    for (const part of listAt(chunk, 'choices')) this.#addChoice(part);
  }

  #addChoice(part: unknown): void {
    const index = numberAt(part, 'index') ?? 0;
    const choice = this.#choices.get(index) ?? newChoice(this.#limit);
    if (this.#choices.size < MAX_PARTS) this.#choices.set(index, choice);
    choice.finishReason = textAt(part, 'finish_reason') ?? choice.finishReason;
    choice.content.add(textAt(part, 'delta', 'content') ?? textAt(part, 'text') ?? '');
    choice.refusal.add(textAt(part, 'delta', 'refusal') ?? '');
    if (index === 0) this.#logprobs.add(listAt(part, 'logprobs', 'content'));
    for (const call of listAt(part, 'delta', 'tool_calls')) {
      const position = numberAt(call, 'index') ?? 0;
      const known = choice.calls.get(position) ?? {
        id: undefined,
        name: undefined,
        args: new BoundedText(this.#limit),
      };
      known.id ??= textAt(call, 'id');
      known.name ??= textAt(call, 'function', 'name');
      known.args.add(textAt(call, 'function', 'arguments') ?? '');
      if (choice.calls.size < MAX_PARTS) choice.calls.set(position, known);
    }
  }

  record(span: LlmSpan): null {
    const choices = [...this.#choices.values()].map(({ content, refusal, calls, finishReason }) => ({
      finish_reason: finishReason,
      text: String(content),
      message: {
        role: 'assistant',
        content: content.isEmpty ? undefined : String(content),
        ...(refusal.isEmpty ? {} : { refusal: String(refusal) }),
        ...(calls.size === 0 ? {} : { tool_calls: [...calls.values()].map(toolCall) }),
      },
    }));
    recordAnswer(this.#api, span, { ...this.#about, choices });
    span.set(this.#logprobs.attributes());
    return null;
  }
}

const newChoice = (limit: number): Choice => ({
  content: new BoundedText(limit),
  refusal: new BoundedText(limit),
  calls: new Map(),
  finishReason: undefined,
});

const toolCall = ({ id, name, args }: { id: string | undefined; name: string | undefined; args: BoundedText }) => ({
  id,
  function: { name, arguments: String(args) },
});

/** The last event of a stream that ends well carries the whole response; until then the text is kept. */
class ResponseEvents implements Chunks {
  readonly #text: BoundedText;
  #response: unknown;
  #failure: Error | null = null;

  constructor(limit: number) {
    this.#text = new BoundedText(limit);
  }

  add(event: unknown): void {
    const type = textAt(event, 'type');
    this.#response = at(event, 'response') ?? this.#response;
    if (type === 'response.output_text.delta' || type === 'response.refusal.delta') {
      this.#text.add(textAt(event, 'delta') ?? '');
    }
    if (type === 'error') this.#failure = failureOf(event);
  }

  record(span: LlmSpan): Error | null {
    const failure = recordAnswer('responses', span, this.#response);
    const isWhole = listAt(this.#response, 'output').length > 0;
    if (!isWhole && !this.#text.isEmpty) span.setOutput(String(this.#text));
    return failure ?? this.#failure;
  }
}
