// Some dialects spell a list out as one attribute per leaf (`llm.input_messages.0.message.role`). This puts such a list
// together again, as JSON in the shape of the GenAI conventions where it is a list of messages.
import type { AttributeList } from '../fields/attribute-list.ts';
import type { FieldWire } from '../fields/field-wire.ts';

/** No real conversation is longer; a hostile index must not make us allocate. */
const MAX_ITEMS = 2000;

type Leaves = Map<string, string>;

/** The list under `prefix` (which ends in a dot) as JSON text, or null when no attribute has that prefix. */
export function indexedListJson(wire: FieldWire, attributes: AttributeList, prefix: string): string | null {
  const items = new Map<number, Leaves>();
  for (let i = 0; i < attributes.size; i++) {
    const key = attributes.key(i);
    if (!key.startsWith(prefix)) continue;
    const match = /^(\d{1,9})\.(.+)$/s.exec(key.slice(prefix.length));
    if (match === null) continue;
    const index = Number(match[1]);
    let leaves = items.get(index);
    if (leaves === undefined) {
      if (items.size >= MAX_ITEMS) continue;
      leaves = new Map();
      items.set(index, leaves);
    }
    // Every item of one list sits in the same wrapper (`message.`, `document.`); it says nothing more.
    leaves.set((match[2] as string).replace(/^(message|document)\./, ''), attributes.text(wire, i));
  }
  if (items.size === 0) return null;
  const ordered = [...items].sort(([a], [b]) => a - b).map(([, leaves]) => leaves);
  return JSON.stringify(ordered.map((leaves) => (leaves.has('role') ? message(leaves) : Object.fromEntries(leaves))));
}

/** `{role, parts}` as in gen_ai.input.messages. */
function message(leaves: Leaves): unknown {
  const parts: unknown[] = [];
  const callId = leaves.get('tool_call_id');
  const content = leaves.get('content');
  if (callId !== undefined) parts.push({ type: 'tool_call_response', id: callId, response: content ?? '' });
  else if (content) parts.push({ type: 'text', content });
  for (const [key, text] of leaves) {
    if (/^contents\.\d+\.message_content\.text$/.test(key)) parts.push({ type: 'text', content: text });
    const call = /^(tool_calls\.\d+\.(?:tool_call\.)?)((?:function\.)?)name$/.exec(key);
    if (call !== null) parts.push(toolCall(leaves, text, `${call[1]}${call[2]}arguments`, `${call[1]}id`));
  }
  // OpenAI's single call, before there were several.
  const name = leaves.get('function_call_name');
  if (name !== undefined) parts.push(toolCall(leaves, name, 'function_call_arguments_json', ''));
  return { role: leaves.get('role'), parts };
}

function toolCall(leaves: Leaves, name: string, args: string, id: string): unknown {
  const callId = leaves.get(id);
  return {
    type: 'tool_call',
    ...(callId === undefined ? {} : { id: callId }),
    name,
    arguments: leaves.get(args) ?? '',
  };
}
