// Input and output from span events, where no attribute gives them: the older GenAI conventions sent each message as an
// event (gen_ai.user.message, gen_ai.choice, gen_ai.content.prompt), the newer ones send all of them in one.
// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/
import type { Event } from '../fields/events-and-links.ts';
import { asText, field } from './json-value.ts';

/** Attributes that hold all of the messages, whatever the event is called. */
const WHOLE = {
  input: ['gen_ai.input.messages', 'gen_ai.prompt'],
  output: ['gen_ai.output.messages', 'gen_ai.completion'],
} as const;
const MESSAGE = /^gen_ai\.(system|user|assistant|tool)\.message$/;
/** Messages beyond this many are left out here; the events themselves hold them. */
const MAX_MESSAGES = 500;
const MAX_JSON_CHARS = 64 * 1024;

/** The messages of one direction as text or JSON, empty when the events hold none. */
export function messagesInEvents(events: readonly Event[], side: 'input' | 'output'): string {
  const messages: unknown[] = [];
  for (const event of events) {
    if (!event.name.startsWith('gen_ai.')) continue;
    const attributes = new Map(event.attributes.map(([key, , value]) => [key, value]));
    for (const key of WHOLE[side]) {
      const whole = attributes.get(key);
      if (whole) return whole;
    }
    const role =
      side === 'output' ? (event.name === 'gen_ai.choice' ? 'assistant' : null) : MESSAGE.exec(event.name)?.[1];
    if (role && messages.length < MAX_MESSAGES) messages.push(message(role, attributes));
  }
  return messages.length === 0 ? '' : JSON.stringify(messages);
}

/** `{role, parts}` as in gen_ai.input.messages. The body is spelled out as attributes, or is JSON in one of them. */
function message(role: string, attributes: ReadonlyMap<string, string>): unknown {
  const body = parse(attributes.get('gen_ai.event.content') ?? attributes.get('message') ?? '');
  const content =
    attributes.get('content') ??
    attributes.get('message.content') ??
    asText(field(body, 'content') ?? field(body, 'message', 'content') ?? body);
  const calls =
    attributes.get('tool_calls') ?? asText(field(body, 'tool_calls') ?? field(body, 'message', 'tool_calls'));
  const parts: unknown[] = [];
  if (content) parts.push({ type: 'text', content });
  if (calls) parts.push({ type: 'tool_call', arguments: calls });
  return { role: attributes.get('role') ?? role, parts };
}

/** JSON as its value, any other text as it is. */
function parse(text: string): unknown {
  if (text.length > MAX_JSON_CHARS) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
