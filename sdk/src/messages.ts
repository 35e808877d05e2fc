// Chat messages in the shape of the GenAI conventions: [{role, parts: [{type, …}], finish_reason?}].

/** A message as most model APIs have it, or already in the conventions' shape. Unknown fields are kept out. */
export interface ChatMessage {
  role: string;
  content?: unknown;
  parts?: unknown;
  tool_calls?: unknown;
  tool_call_id?: unknown;
  finish_reason?: unknown;
}

export type Messages = string | readonly ChatMessage[];

/** A plain string becomes one message of `role`. What does not look like messages is returned as it is. */
export function toMessages(value: unknown, role: string): unknown {
  if (typeof value === 'string') return [{ role, parts: [{ type: 'text', content: value }] }];
  return Array.isArray(value) ? value.map((item) => (isMessage(item) ? toMessage(item) : item)) : value;
}

function toMessage(message: ChatMessage): Record<string, unknown> {
  const finish = message.finish_reason === undefined ? {} : { finish_reason: message.finish_reason };
  const parts = Array.isArray(message.parts) ? message.parts : [...contentParts(message), ...toolCallParts(message)];
  return { role: message.role, parts, ...finish };
}

function contentParts(message: ChatMessage): unknown[] {
  const { content } = message;
  if (content === undefined || content === null) return [];
  if (message.role === 'tool') return [{ type: 'tool_call_response', id: message.tool_call_id, response: content }];
  if (typeof content === 'string') return [{ type: 'text', content }];
  return Array.isArray(content) ? content.map(contentPart) : [{ type: 'text', content }];
}

/** OpenAI and Anthropic say {type: text, text}; the conventions say {type: text, content}. */
function contentPart(part: unknown): unknown {
  const text: unknown = isObject(part) && part.type === 'text' ? part.text : undefined;
  return typeof text === 'string' ? { type: 'text', content: text } : part;
}

function toolCallParts(message: ChatMessage): unknown[] {
  if (!Array.isArray(message.tool_calls)) return [];
  return message.tool_calls.map((call: unknown) => {
    const details = isObject(call) && isObject(call.function) ? call.function : {};
    return { type: 'tool_call', id: isObject(call) ? call.id : undefined, ...details };
  });
}

function isMessage(value: unknown): value is ChatMessage {
  return isObject(value) && typeof value.role === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
