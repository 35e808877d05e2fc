// Who wrote a summary, in a few words, and the result of the check. Pure.
import type { Status } from '#contracts/status';
import type { RunSummary } from '#contracts/summary';
import { formatCost } from '../format.ts';

export interface Origin {
  readonly words: string;
  /** Details for a tooltip: the check, the prompt, the cost. */
  readonly more: string;
}

/** @param model the LLM writer in the API's status; null = none is set up, or the status is not loaded yet */
export function originOf(summary: RunSummary, model: Status['summaries']): Origin {
  const more = detailsOf(summary);
  if (summary.kind === 'model') return { words: `Written by ${summary.model ?? 'a model'} from facts, checked`, more };
  const byRule = 'Written from facts, no AI';
  if (summary.model !== null) return { words: `${byRule}; the text from ${summary.model} was not used`, more };
  const isOut = model?.isAtCap === true || summary.verdict?.startsWith('not asked') === true;
  return { words: isOut ? `${byRule}; the budget for a model is used up today` : byRule, more };
}

function detailsOf({ verdict, promptVersion, tokensIn, tokensOut, costUsd }: RunSummary): string {
  const parts = [
    verdict,
    promptVersion === null ? null : `prompt ${promptVersion}`,
    tokensIn === null && tokensOut === null ? null : `${tokensIn ?? 0} tokens in, ${tokensOut ?? 0} out`,
    costUsd === null ? null : `cost ${formatCost(costUsd)}`,
  ];
  return parts.filter((part) => part !== null).join(' · ');
}
