// Why a model stopped, whatever the dialect calls it. Pure.
import type { SpanDetail } from '#contracts/span';
import { distinct, found, parsed, type Read, reader } from './foreign-values.ts';

const FINISH_REASONS = [
  'gen_ai.response.finish_reasons',
  'gen_ai.response.finish_reason',
  'ai.response.finishReason',
  'ai.finishReason',
  'llm.finish_reason',
  'llm.response.finish_reason',
  'llm.response.stop_reason',
];
/** One message of an indexed list: `gen_ai.completion.0.finish_reason`. */
const INDEXED_REASON =
  /^(?:gen_ai\.completion|llm\.completions|llm\.output_messages)\.\d{1,4}\.(?:message\.)?finish_reason$/;
/** All of a model call in one log record. */
const DETAILS = 'gen_ai.client.inference.operation.details';
const REASON_KEYS = ['finish_reason', 'finishReason', 'stop_reason'] as const;
/** Spellings of makers and frameworks that mean the same. */
const SAME_REASON: ReadonlyMap<string, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['eos', 'stop'],
  ['complete', 'stop'],
  ['max_tokens', 'length'],
  ['max_output_tokens', 'length'],
  ['tool_call', 'tool_calls'],
  ['tool_use', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['safety', 'content_filter'],
]);

/** Each reason once, spelled alike: from the attributes, the messages, events and log records, else the model's own answer. */
export function finishReasonsOf(
  { kind, attributes, events, logs, output }: Pick<SpanDetail, 'kind' | 'attributes' | 'events' | 'logs' | 'output'>,
  read: Read,
): string[] {
  for (const key of FINISH_REASONS) {
    const reasons = reasonsIn(read(key));
    if (reasons.length > 0) return reasons;
  }
  const indexed = Object.entries(attributes).filter(([key]) => INDEXED_REASON.test(key));
  const choices = events.filter(({ name }) => name === 'gen_ai.choice');
  const said = [
    ...indexed.flatMap(([, value]) => reasonsIn(value)),
    ...choices.flatMap((event) => {
      const field = reader(event.attributes);
      return reasonsIn(field('finish_reason') ?? found(parsed(field('message')), REASON_KEYS));
    }),
  ];
  for (const { eventName, attributes: fields, body } of logs) {
    if (eventName === 'gen_ai.choice') said.push(...reasonsIn(found(parsed(body), REASON_KEYS)));
    if (eventName === DETAILS) said.push(...reasonsIn(reader(fields)('gen_ai.response.finish_reasons')));
  }
  if (said.length > 0) return distinct(said);
  if (kind !== 'llm' && kind !== 'agent') return [];
  return distinct(reasonsIn(found(parsed(output), REASON_KEYS)));
}

/** A list, one word, or either as JSON text; spelled alike. */
function reasonsIn(value: unknown): string[] {
  const list = typeof value === 'string' && value.startsWith('[') ? (parsed(value) ?? value) : value;
  // LangSmith joins several with commas.
  const words = (
    Array.isArray(list) ? list : typeof list === 'string' && !list.startsWith('[') ? list.split(/,\s*/) : [list]
  ).filter((word) => typeof word === 'string' && word !== '');
  return distinct(
    words.map((word) => {
      const plain = String(word)
        .replace(/^"(.*)"$/s, '$1')
        .toLowerCase()
        .replaceAll('-', '_');
      return SAME_REASON.get(plain) ?? plain;
    }),
  );
}
