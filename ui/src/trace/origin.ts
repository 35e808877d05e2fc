// Who wrote a summary, in a few words, and what came of checking it. Pure.
import type { Status } from '#contracts/status';
import type { RunSummary } from '#contracts/summary';
import { formatCost } from '../format.ts';

export interface Origin {
  readonly words: string;
  /** For who wants to know more: the check, the prompt, what it cost. */
  readonly more: string;
}

/** @param model what the API's status says of the model; null = none is set up, or nothing is known yet */
export function originOf(summary: RunSummary, model: Status['summaries']): Origin {
  const more = detailsOf(summary);
  if (summary.kind === 'model') return { words: `Written by ${summary.model ?? 'a model'} from facts, checked`, more };
  const byRule = 'Written from facts, no AI';
  if (summary.model !== null) return { words: `${byRule}; ${summary.model} was asked, its words were not taken`, more };
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
