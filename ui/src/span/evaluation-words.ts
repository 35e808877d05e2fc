// An evaluation in words: "relevance: 0.8 (pass)".
import type { Evaluation } from '#contracts/span';

/** At most four decimals: scores are computed, and more digits say nothing. */
const shown = (score: number) => String(Math.round(score * 1e4) / 1e4);

export function evaluationWords({ name, score, label }: Evaluation): string {
  const verdict = score === null ? label : label === null ? shown(score) : `${shown(score)} (${label})`;
  return name === null ? (verdict ?? '') : `${name}: ${verdict}`;
}

/** A managed prompt: "refund, version 3"; null when none is named. */
export function promptWords(prompt: { readonly name: string | null; readonly version: string | null } | null) {
  if (prompt === null) return null;
  if (prompt.version === null) return prompt.name;
  return prompt.name === null ? `version ${prompt.version}` : `${prompt.name}, version ${prompt.version}`;
}
