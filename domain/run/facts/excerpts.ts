// What a run was asked and what it answered, out of inputs and outputs in whatever form they were sent: plain
// text, JSON, chat messages. What cannot be read as words of a person is left out. Pure.
import type { RunFacts } from '#contracts/run-facts';
import { cleanText } from './clean.ts';
import { EXCERPT_MAX_CHARS } from './limits.ts';

/** Payload texts of one span, as stored. */
export interface Payload {
  readonly spanId: string;
  readonly input: string | null;
  readonly output: string | null;
}

/** The first payload that says it: give the run's own span first, then its agents, then its model calls. */
export function askedIn(payloads: readonly Payload[]): RunFacts['asked'] {
  return firstOf(payloads, ({ input }) => wordsOf(input, 'user', ASKED_KEYS));
}

/** As `askedIn`, but of model calls the last one says it: give those in reverse. */
export function answeredIn(payloads: readonly Payload[]): RunFacts['answered'] {
  return firstOf(payloads, ({ output }) => wordsOf(output, 'assistant', ANSWERED_KEYS));
}

const ASKED_KEYS = [
  'question',
  'query',
  'message',
  'prompt',
  'user_input',
  'input',
  'text',
  'task',
  'request',
  'content',
];
const ANSWERED_KEYS = ['answer', 'reply', 'response', 'output_text', 'output', 'text', 'message', 'content', 'result'];
/** Nothing sensible is deeper. */
const MAX_DEPTH = 6;

function firstOf(payloads: readonly Payload[], pick: (payload: Payload) => string | null): RunFacts['asked'] {
  for (const payload of payloads) {
    const text = cleanText(pick(payload), EXCERPT_MAX_CHARS);
    if (text !== null && /[\p{L}\p{N}]/u.test(text)) return { spanId: payload.spanId, text };
  }
  return null;
}

function wordsOf(payload: string | null, role: string, keys: readonly string[]): string | null {
  if (payload === null) return null;
  const trimmed = payload.trim();
  if (!/^[[{"]/.test(trimmed))
    return trimmed === '' || /^(?:null|true|false|-?\d[\d.]*)$/.test(trimmed) ? null : trimmed;
  try {
    return fromJson(JSON.parse(trimmed), role, keys, 0);
  } catch {
    // A quotation, not JSON; anything else that was cut cannot be read.
    return trimmed.startsWith('"') ? trimmed : null;
  }
}

type Bag = Readonly<Record<string, unknown>>;
const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (bag: Bag, key: string): unknown => (Object.hasOwn(bag, key) ? bag[key] : undefined);

function fromJson(value: unknown, role: string, keys: readonly string[], depth: number): string | null {
  if (depth > MAX_DEPTH) return null;
  if (typeof value === 'string')
    return depth === 0 || !/^\s*[[{]/.test(value) ? value.trim() || null : wordsOf(value, role, keys);
  if (Array.isArray(value)) return fromList(value, role, depth);
  if (!isBag(value)) return null;
  for (const key of ['messages', 'choices', 'output', 'outputs', 'generations']) {
    const list = own(value, key);
    if (Array.isArray(list)) {
      const words = fromList(list, role, depth + 1);
      if (words !== null) return words;
    }
  }
  for (const key of keys) {
    const words = fromJson(own(value, key), role, keys, depth + 1);
    if (words !== null) return words;
  }
  for (const key of ['kwargs', 'args', 'inputs', 'data', 'message']) {
    const inner = own(value, key);
    const words = isBag(inner) || Array.isArray(inner) ? fromJson(inner, role, keys, depth + 1) : null;
    if (words !== null) return words;
  }
  return null;
}

/** Of chat messages the last of the role; `{message: {…}}` and `{content: […]}` without a role count as that. */
function fromList(list: readonly unknown[], role: string, depth: number): string | null {
  for (let i = list.length - 1; i >= 0 && list.length - i <= 1000; i--) {
    const entry = list[i];
    if (!isBag(entry)) continue;
    const inner = own(entry, 'message');
    const message = isBag(inner) ? { role, ...inner } : entry;
    const said = own(message, 'role') ?? roleOfEvent(own(message, 'event.name')) ?? own(message, 'type');
    if (
      said !== undefined &&
      said !== role &&
      !(role === 'user' && said === 'human') &&
      !(role === 'assistant' && (said === 'ai' || said === 'message'))
    )
      continue;
    const words = contentOf(own(message, 'parts') ?? own(message, 'content'), depth + 1);
    if (words !== null) return words;
  }
  return null;
}

const roleOfEvent = (event: unknown): string | undefined =>
  typeof event === 'string' ? /^gen_ai\.(\w+)\.message$/.exec(event)?.[1] : undefined;

/** The text parts of a message, joined. */
function contentOf(content: unknown, depth: number): string | null {
  if (typeof content === 'string') return content.trim() || null;
  if (isBag(content) && depth <= MAX_DEPTH)
    return contentOf(own(content, 'text') ?? own(content, 'content'), depth + 1);
  if (!Array.isArray(content)) return null;
  const texts = content.flatMap((part) => {
    if (typeof part === 'string') return [part];
    if (!isBag(part)) return [];
    const type = own(part, 'type');
    const isText = type === undefined || type === 'text' || type === 'input_text' || type === 'output_text';
    const text = own(part, 'content') ?? own(part, 'text');
    return isText && typeof text === 'string' ? [text] : [];
  });
  return texts.join(' ').trim() || null;
}
