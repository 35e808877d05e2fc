// Chat messages out of a span's input or output text: the OpenTelemetry GenAI form and the OpenAI form.

import { cutListOf } from './cut-list.ts';

type Part =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'thought'; readonly text: string }
  | { readonly is: 'call'; readonly name: string; readonly args: string; readonly id: string | null }
  | { readonly is: 'result'; readonly text: string; readonly id: string | null }
  | { readonly is: 'other'; readonly what: string; readonly text: string };

export interface Message {
  readonly role: string;
  readonly name: string | null;
  readonly parts: readonly Part[];
}

type Bag = Readonly<Record<string, unknown>>;

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (bag: Bag, key: string): unknown => (Object.hasOwn(bag, key) ? bag[key] : undefined);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? ''));
const stringOr = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/**
 * @param text a span's input or output
 * @returns the messages, or null when the text is not a list of messages (then show it as it is)
 */
export function messagesOf(text: string | null): Message[] | null {
  if (text === null || !/^\s*[[{]/.test(text)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return messagesOfCut(text);
  }
  const list = isBag(value) ? (listIn(value) ?? [value]) : value;
  if (!Array.isArray(list) || list.length === 0) return null;
  const messages = list.map((entry) => messageOf(entry));
  return messages.every((message): message is Message => message !== null) ? messages : null;
}

/** The complete messages of a list that was cut, with a note of what is missing between them. */
function messagesOfCut(text: string): Message[] | null {
  const cut = cutListOf(text);
  if (cut === null) return null;
  const whole = (list: readonly unknown[]) => list.map(messageOf).filter((message) => message !== null);
  const [before, after] = [whole(cut.before), whole(cut.after)];
  if (before.length + after.length === 0) return null;
  const gap: Message = { role: 'cut', name: null, parts: [{ is: 'other', what: 'left out', text: cut.note }] };
  return [...before, gap, ...after];
}

/** `{messages: […]}` of a request, `{choices: [{message}]}` of a completion. */
function listIn(bag: Bag): unknown[] | null {
  const messages = own(bag, 'messages');
  if (Array.isArray(messages)) return messages;
  const choices = own(bag, 'choices');
  if (!Array.isArray(choices)) return null;
  return choices.map((choice) => (isBag(choice) ? own(choice, 'message') : null));
}

function messageOf(entry: unknown): Message | null {
  if (!isBag(entry)) return null;
  const event = own(entry, 'event.name');
  const inner = own(entry, 'message');
  // A choice of the older conventions wraps what the assistant said.
  if (event === 'gen_ai.choice' && isBag(inner)) return messageOf({ role: 'assistant', ...inner });
  const role = own(entry, 'role') ?? /^gen_ai\.(\w+)\.message$/.exec(typeof event === 'string' ? event : '')?.[1];
  if (typeof role !== 'string') return null;
  const parts = own(entry, 'parts');
  const isKnown = Array.isArray(parts) || Object.hasOwn(entry, 'content') || Object.hasOwn(entry, 'tool_calls');
  if (!isKnown) return null;
  const toolCallId = stringOr(own(entry, 'tool_call_id'));
  const said = Array.isArray(parts) ? parts.map(partOf) : contentParts(own(entry, 'content'), toolCallId);
  const calls = own(entry, 'tool_calls');
  return {
    role,
    name: stringOr(own(entry, 'name')),
    parts: Array.isArray(calls) ? [...said, ...calls.map(callOf)] : said,
  };
}

function contentParts(content: unknown, toolCallId: string | null): Part[] {
  if (content === null || content === undefined || content === '') return [];
  if (Array.isArray(content)) return content.map(partOf);
  const text = textOf(content);
  return [toolCallId === null ? { is: 'text', text } : { is: 'result', text, id: toolCallId }];
}

/** One part of either form; an unknown one is shown as sent. */
function partOf(part: unknown): Part {
  if (typeof part === 'string') return { is: 'text', text: part };
  if (!isBag(part)) return { is: 'other', what: 'part', text: textOf(part) };
  const type = (stringOr(own(part, 'type')) ?? 'part').replaceAll('-', '_');
  const text = own(part, 'content') ?? own(part, 'text') ?? own(part, 'thinking');
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { is: 'text', text: textOf(text ?? '') };
    case 'reasoning':
    case 'thinking':
      return { is: 'thought', text: textOf(text ?? '') };
    case 'tool_call':
    case 'tool_use':
    case 'function':
      return callOf(part);
    case 'tool_call_response':
    case 'tool_result': {
      const answer =
        own(part, 'response') ?? own(part, 'result') ?? valueIn(own(part, 'output')) ?? own(part, 'content') ?? '';
      return {
        is: 'result',
        text: textOf(answer),
        id: stringOr(own(part, 'id') ?? own(part, 'tool_use_id') ?? own(part, 'toolCallId')),
      };
    }
    default:
      return { is: 'other', what: type, text: textOf(part) };
  }
}

/** The AI SDK wraps the result of a tool: `{type: 'json', value}`. */
const valueIn = (output: unknown): unknown => (isBag(output) ? (own(output, 'value') ?? output) : output);

function callOf(call: unknown): Part {
  if (!isBag(call)) return { is: 'other', what: 'tool call', text: textOf(call) };
  const inner = own(call, 'function');
  const from = isBag(inner) ? inner : call;
  const args = own(from, 'arguments') ?? own(from, 'input') ?? own(from, 'args') ?? {};
  return {
    is: 'call',
    name: stringOr(own(from, 'name') ?? own(from, 'toolName')) ?? 'unnamed tool',
    args: textOf(args),
    id: stringOr(own(call, 'id') ?? own(call, 'toolCallId')),
  };
}
