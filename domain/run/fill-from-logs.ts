// Input and output that a client sent as GenAI events in log records instead of on the span.
// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/
import type { SpanDetail, SpanLog } from '#contracts/span';

const DETAILS = 'gen_ai.client.inference.operation.details';
/** `gen_ai.user.message` and its like, of the conventions before 1.37. */
const MESSAGE = /^gen_ai\.(system|user|assistant|tool)\.message$/;

/** The span with its empty input and output filled from its log records, and marked so. */
export function fillFromLogs(span: SpanDetail): SpanDetail {
  const input = span.input === null ? textIn(span.logs, 'gen_ai.input.messages', MESSAGE) : null;
  const output = span.output === null ? textIn(span.logs, 'gen_ai.output.messages', /^gen_ai\.choice$/) : null;
  return {
    ...span,
    ...(input !== null && { input, inputSource: 'log' as const }),
    ...(output !== null && { output, outputSource: 'log' as const }),
  };
}

/** The attribute of a details event, else the bodies of the events with this name as a JSON list; null = neither. */
function textIn(logs: readonly SpanLog[], key: string, name: RegExp): string | null {
  for (const { eventName, attributes, body } of logs) {
    if (eventName !== DETAILS) continue;
    const fields = new Map(Object.entries(attributes));
    const value = fields.get(key) ?? new Map(Object.entries(objectOf(body))).get(key);
    if (value !== undefined && value !== null && value !== '')
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
  const messages = logs.filter((log) => name.test(log.eventName) && log.body !== '').map(toMessage);
  return messages.length === 0 ? null : JSON.stringify(messages);
}

function toMessage({ eventName, body }: SpanLog): unknown {
  const role = MESSAGE.exec(eventName)?.[1] ?? 'assistant';
  const fields = objectOf(body);
  const said = Object.keys(fields).length === 0 ? { content: body } : fields;
  // A choice wraps its message; what is beside it (index, finish_reason) is no part of the text.
  const { message } = said as { message?: unknown };
  return { role, ...(isObject(message) ? message : said) };
}

function objectOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
