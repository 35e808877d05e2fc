// Confidence in a text from the token probabilities of a model's answer.
import { type Confidence, unknownConfidence } from './confidence.ts';
import { findText, readTokens, textOf } from './confidence-tokens.ts';
import { shorten } from './whole-text.ts';

/** Of a text in a sentence, UTF-16 units. */
const SHOWN_CHARS = 40;

export const NO_LOGPROBS =
  'the response has no usable logprobs; ask for them with logprobs: true (Chat Completions) or include: ["message.output_text.logprobs"] (Responses)';

export interface LogprobsOptions {
  /**
   * The text whose tokens count, such as the option that was chosen. Its last place in the answer is taken, since answers
   * come after reasoning. Without it all tokens of the answer count.
   */
  of?: string | undefined;
  /**
   * `joint` (default): exp(Σ logprob), the probability of exactly these tokens. It falls with every token, so it fits short
   * texts such as the name of an option. `per_token`: exp(mean logprob), the geometric mean per token, for longer texts.
   */
  formula?: 'joint' | 'per_token' | undefined;
  /** Which of several choices of a chat completion. Default 0. */
  choiceIndex?: number | undefined;
}

/**
 * How probable the model's own tokens were, from the response of OpenAI's Chat Completions or Responses API.
 *
 * The joint probability is the chain rule: p(t₁…tₙ) = Πᵢ p(tᵢ | t₁…tᵢ₋₁) = exp(Σᵢ logprobᵢ). The length-normalized form
 * exp((1/n) Σᵢ logprobᵢ) is that of Malinin and Gales, "Uncertainty Estimation in Autoregressive Structured Prediction",
 * ICLR 2021, section 3. A token that holds the text only in part counts whole. `method` names formula and tokens.
 * It is the model's probability of saying so, not the probability of being right. Never throws; without usable logprobs,
 * or when the text is not in the answer, the value is null.
 */
export function confidenceFromLogprobs(response: unknown, options: LogprobsOptions = {}): Confidence<'logprobs'> {
  const tokens = readTokens(response, options.choiceIndex);
  if (tokens === null) return unknownConfidence('logprobs', NO_LOGPROBS);
  const span = options.of === undefined ? { from: 0, to: tokens.length } : findText(tokens, String(options.of));
  if (span === null)
    return unknownConfidence('logprobs', `"${shorten(String(options.of), SHOWN_CHARS)}" is not in the answer`);
  const used = tokens.slice(span.from, span.to);
  const sum = used.reduce((total, token) => total + token.logprob, 0);
  const isJoint = options.formula !== 'per_token';
  const formula = isJoint ? 'joint probability' : 'geometric mean probability';
  const where = used.length === 1 ? `token ${span.to}` : `tokens ${span.from + 1} to ${span.to}`;
  return {
    value: Math.exp(isJoint ? sum : sum / used.length),
    source: 'logprobs',
    method: `${formula} of ${where} of ${tokens.length}, "${shorten(textOf(used), SHOWN_CHARS)}"`,
  };
}
