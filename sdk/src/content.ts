// Whether contents may be recorded, and how errors are recorded when they may not: without the bodies of answers, the texts
// that could not be parsed and the issues of schemas, which clients write into their messages.
import { quietly } from './quietly.ts';
import { at, isA } from './read.ts';
import { chainOf } from './reliability/error-facts.ts';
import { currentPipeline } from './start.ts';

/** False when inputs, outputs and anything that quotes them must not be recorded on spans. */
export function isContentCaptured(): boolean {
  return currentPipeline()?.settings.captureContent !== false;
}

const HIDDEN = '[not captured]';
/** Where errors keep what was sent or received: ours, fetch wrappers, OpenAI and Anthropic, axios, got, AWS, the AI SDK. */
const CONTENTS: readonly (readonly string[])[] = [
  ['body'],
  ['responseBody'],
  ['error'],
  ['data'],
  ['response', 'data'],
  ['response', 'body'],
  ['$response', 'body'],
  ['text'],
  ['value'],
  ['toolInput'],
  ['input'],
  ['actual'],
  ['expected'],
];
const MAX_TEXTS = 500;
const MAX_DEPTH = 6;
/** Shorter texts are words of the language rather than a person's. */
const MIN_CHARS = 3;

/** The text of an error as it may be recorded. Unchanged when contents are captured. */
export function withoutContent(text: string, error: unknown): string {
  if (isContentCaptured()) return text;
  // An error that cannot be searched may hold anything.
  return quietly(() => hidden(text, error)) ?? HIDDEN;
}

function hidden(text: string, error: unknown): string {
  const found = new Set<string>();
  for (const each of chainOf(error)) {
    for (const path of CONTENTS) collect(at(each, ...path), found, 0);
    const message = at(each, 'message');
    // The message of a schema's error lists its issues; V8 quotes what it could not parse.
    const isMade = Array.isArray(at(each, 'issues')) || (isA(each, SyntaxError) && /JSON/.test(String(message)));
    if (isMade && typeof message === 'string') found.add(message);
  }
  let shown = text;
  for (const content of [...found].sort((a, b) => b.length - a.length)) shown = shown.replaceAll(content, HIDDEN);
  return shown;
}

/** The texts in a content, also those of JSON in a text. */
function collect(content: unknown, found: Set<string>, depth: number): void {
  if (depth > MAX_DEPTH || found.size >= MAX_TEXTS) return;
  if (typeof content === 'string') {
    for (const text of [content, content.trim()]) if (text.length >= MIN_CHARS) found.add(text);
    if (/^\s*[[{"]/.test(content))
      collect(
        quietly(() => JSON.parse(content) as unknown),
        found,
        depth + 1,
      );
  } else if (typeof content === 'object' && content !== null && !ArrayBuffer.isView(content)) {
    const json = quietly(() => JSON.stringify(content));
    if (json !== undefined && json.length > MIN_CHARS) found.add(json);
    for (const key of Object.keys(content).slice(0, MAX_TEXTS)) {
      if (key.length >= MIN_CHARS && depth > 0) found.add(key);
      collect(at(content, key), found, depth + 1);
    }
  }
}
