// How a model's token probabilities spread over the options of a decision.
import { type ScoredConfidence, unknownScores } from './confidence.ts';
import { NO_LOGPROBS } from './confidence-logprobs.ts';
import { findText, readTokens, type TokenLogprob, textOf } from './confidence-tokens.ts';

/**
 * The probability of every option, from `top_logprobs` of OpenAI's Chat Completions or Responses API (ask for as many as
 * there are options, or more).
 *
 * The option named last in the answer is used, and the first of its tokens that distinguishes it from all other options.
 * Each option gets the sum of exp(logprob) over the alternatives of that token which begin it and no other option, times
 * the joint probability of the option's tokens before it. Probability that belongs to no option is left out and not
 * redistributed, so scores may sum to less than 1. Never throws; the value is null when the answer names no option, or
 * when one option is a prefix of another so that no token distinguishes them.
 */
export function optionConfidenceFromLogprobs<Id extends string>(
  response: unknown,
  options: readonly Id[],
  choiceIndex?: number,
): ScoredConfidence<Id, 'logprobs'> {
  const tokens = readTokens(response, choiceIndex);
  if (tokens === null) return unknownScores('logprobs', NO_LOGPROBS);
  const ids = [...new Set(options)];
  const named = lastNamed(tokens, ids);
  if (named === null) return unknownScores('logprobs', 'the answer names none of the options');
  const { from, to } = named;
  // One more token: `pay` is distinguished from `pay_later` by what follows it.
  for (let at = from; at < Math.min(to + 1, tokens.length); at++) {
    const before = tokens.slice(from, at);
    const token = tokens[at] as TokenLogprob;
    if (optionThatBegins(textOf(before) + token.token, ids) === null) continue;
    return spread(token, before, ids, `token ${at + 1} of ${tokens.length}`);
  }
  return unknownScores('logprobs', 'no single token distinguishes the option from the others');
}

function spread<Id extends string>(
  token: TokenLogprob,
  before: readonly TokenLogprob[],
  ids: readonly Id[],
  where: string,
): ScoredConfidence<Id, 'logprobs'> {
  const reached = Math.exp(before.reduce((sum, { logprob }) => sum + logprob, 0));
  // The token that was drawn need not be among the most likely ones.
  const known = new Map([...token.top, token].map((each) => [each.token, each.logprob]));
  const totals = new Map<Id, number>();
  for (const [text, logprob] of known) {
    const id = optionThatBegins(textOf(before) + text, ids);
    if (id !== null) totals.set(id, Math.min(1, (totals.get(id) ?? 0) + reached * Math.exp(logprob)));
  }
  const [first, ...others] = [...totals];
  if (first === undefined)
    return unknownScores('logprobs', 'no alternative of the deciding token begins one of the options');
  const [choice, value] = others.reduce((best, next) => (next[1] > best[1] ? next : best), first);
  const method = `probabilities of ${known.size} alternatives at ${where}${before.length > 0 ? `, times those of the ${before.length} before it` : ''}`;
  return { value, source: 'logprobs', method, choice, scores: Object.fromEntries(totals) as Record<Id, number> };
}

/** The tokens of the option that is named last; of options that end together, the longest. */
function lastNamed(tokens: readonly TokenLogprob[], ids: readonly string[]): { from: number; to: number } | null {
  const found = ids.flatMap((id) => findText(tokens, id) ?? []);
  return found.sort((a, b) => b.to - a.to || a.from - b.from)[0] ?? null;
}

/** The only option that this text begins, or that it says whole. Quotes, spaces and brackets before it do not count. */
function optionThatBegins<Id extends string>(raw: string, ids: readonly Id[]): Id | null {
  const text = raw.replace(/^[\s"'`:,{[(]+/, '');
  if (text === '') return null;
  const begun = ids.filter((id) => id.startsWith(text));
  if (begun.length > 0) return begun.length === 1 ? (begun[0] as Id) : null;
  const said = ids.filter((id) => text.startsWith(id) && !/^[\p{L}\p{N}_-]/u.test(text.slice(id.length)));
  return said.sort((a, b) => b.length - a.length)[0] ?? null;
}
