// Items of the Responses API as messages of the GenAI conventions. https://platform.openai.com/docs/api-reference/responses
import { at, listAt, textAt } from '../read.ts';

/** @param role of items that name none */
export function responseItems(items: readonly unknown[], role: string): unknown[] {
  return items.map((item) => itemMessage(item, role));
}

function itemMessage(item: unknown, role: string): unknown {
  switch (textAt(item, 'type')) {
    case 'function_call': {
      const [id, name, args] = [at(item, 'call_id'), at(item, 'name'), at(item, 'arguments')];
      return { role: 'assistant', parts: [{ type: 'tool_call', id, name, arguments: args }] };
    }
    case 'function_call_output':
      return {
        role: 'tool',
        parts: [{ type: 'tool_call_response', id: at(item, 'call_id'), response: at(item, 'output') }],
      };
    case 'reasoning': {
      const summary = listAt(item, 'summary').map((part) => textAt(part, 'text') ?? '');
      return { role: 'assistant', parts: [{ type: 'reasoning', content: summary.join('\n') }] };
    }
    case undefined:
    case 'message': {
      const content = at(item, 'content');
      const parts =
        typeof content === 'string' ? [{ type: 'text', content }] : listAt(item, 'content').map(contentPart);
      return { role: textAt(item, 'role') ?? role, parts };
    }
    default:
      return { role, parts: [item] };
  }
}

function contentPart(part: unknown): unknown {
  const type = textAt(part, 'type');
  if (type === 'input_text' || type === 'output_text') return { type: 'text', content: at(part, 'text') };
  if (type === 'refusal') return { type: 'refusal', content: at(part, 'refusal') };
  return part;
}
