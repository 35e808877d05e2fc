// A decision's options with their scores and reasons, from the recorded JSON text and the list of names.
import type { Decision } from '#contracts/decision';

export interface Option {
  readonly name: string;
  /** 0..1; null when none was recorded. */
  readonly score: number | null;
  readonly reason: string | null;
  readonly isChosen: boolean;
}

/**
 * The chosen option first, then by score. The choice has the decision's confidence when it has no score of its own.
 * @param details `[{id, score?, reason?}]` as JSON text; anything else is ignored, the names are shown anyway
 */
export function optionsOf(decision: Decision, details: string | null): Option[] {
  const scored = detailsOf(details);
  const names = [
    ...new Set([...decision.options, ...(decision.choice === null ? [] : [decision.choice]), ...scored.keys()]),
  ];
  const options = names.map((name) => {
    const isChosen = name === decision.choice;
    const detail = scored.get(name);
    return {
      name,
      score: detail?.score ?? (isChosen ? decision.confidence : null),
      reason: detail?.reason ?? null,
      isChosen,
    };
  });
  return options.sort((a, b) => Number(b.isChosen) - Number(a.isChosen) || (b.score ?? -1) - (a.score ?? -1));
}

function detailsOf(text: string | null): Map<string, { score: number | null; reason: string | null }> {
  const found = new Map<string, { score: number | null; reason: string | null }>();
  if (text === null) return found;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return found;
  }
  for (const entry of Array.isArray(list) ? list : []) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { id, score, reason } = entry as Readonly<Record<string, unknown>>;
    if (typeof id !== 'string') continue;
    found.set(id, {
      score: typeof score === 'number' && Number.isFinite(score) ? score : null,
      reason: typeof reason === 'string' && reason !== '' ? reason : null,
    });
  }
  return found;
}
