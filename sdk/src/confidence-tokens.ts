// Tokens with their log probabilities, from a response of OpenAI's two APIs. The response is untrusted input.

export interface TokenLogprob {
  readonly token: string;
  /** Natural logarithm of the probability, 0 or less. */
  readonly logprob: number;
  /** UTF-8; a token may hold only part of a character. */
  readonly bytes: readonly number[];
  /** The most likely tokens at this place, as far as they were asked for. */
  readonly top: readonly { readonly token: string; readonly logprob: number }[];
}

/**
 * Reads the tokens of the answer's text. Understood are:
 * - Chat Completions: `choices[index].logprobs.content[]`, asked for with `logprobs: true`, `top_logprobs: n`
 * - Responses: `output[].content[].logprobs[]` of `output_text`, asked for with `include: ['message.output_text.logprobs']`
 * (https://platform.openai.com/docs/api-reference). Returns null when there are none, or one of them is unusable: a
 * probability of half an answer would say nothing. Never throws.
 */
export function readTokens(response: unknown, index = 0): TokenLogprob[] | null {
  try {
    const raw = chatTokens(response, index) ?? responseTokens(response);
    if (raw === null || raw.length === 0) return null;
    const tokens = raw.map(readToken);
    return tokens.every((token) => token !== null) ? tokens : null;
  } catch {
    return null;
  }
}

function chatTokens(response: unknown, index: number): readonly unknown[] | null {
  const choice = list(field(response, 'choices'))?.[index];
  return list(field(field(choice, 'logprobs'), 'content'));
}

function responseTokens(response: unknown): readonly unknown[] | null {
  const parts = (list(field(response, 'output')) ?? []).flatMap((item) => list(field(item, 'content')) ?? []);
  const tokens = parts.flatMap((part) => list(field(part, 'logprobs')) ?? []);
  return tokens.length === 0 ? null : tokens;
}

function readToken(raw: unknown): TokenLogprob | null {
  const token = field(raw, 'token');
  const logprob = readLogprob(field(raw, 'logprob'));
  if (typeof token !== 'string' || logprob === null) return null;
  const bytes = list(field(raw, 'bytes'));
  const top = (list(field(raw, 'top_logprobs')) ?? []).flatMap((entry) => {
    const [name, value] = [field(entry, 'token'), readLogprob(field(entry, 'logprob'))];
    return typeof name === 'string' && value !== null ? [{ token: name, logprob: value }] : [];
  });
  return { token, logprob, top, bytes: bytes?.every(isByte) ? (bytes as number[]) : [...Buffer.from(token)] };
}

/** Rounding of a server may put a certain token a hair above 0; more than that is no log probability. */
function readLogprob(value: unknown): number | null {
  if (typeof value !== 'number' || Number.isNaN(value) || value > 1e-3) return null;
  return Math.min(0, value);
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}

/** Tokens `from` up to and without `to` that hold the text's last place. Compared as bytes: a token may end inside a character. */
export function findText(tokens: readonly TokenLogprob[], text: string): { from: number; to: number } | null {
  if (text === '') return null;
  const all = Buffer.concat(tokens.map((token) => Buffer.from(token.bytes)));
  const wanted = Buffer.from(text);
  const start = all.lastIndexOf(wanted);
  if (start < 0) return null;
  const end = start + wanted.length;
  let from = -1;
  let at = 0;
  for (const [index, token] of tokens.entries()) {
    const next = at + token.bytes.length;
    if (from < 0 && next > start) from = index;
    if (next >= end) return { from, to: index + 1 };
    at = next;
  }
  return null;
}

export function textOf(tokens: readonly TokenLogprob[]): string {
  return Buffer.concat(tokens.map((token) => Buffer.from(token.bytes))).toString();
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function list(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}
