// A decision as two maps in JSON, questions and answers by id: the AI SDK's `decide`, and pydantic-ai's. The one that
// chooses a route, else the first that chooses among options, is the decision that our columns show.
import type { Dialect, Reading } from './dialect.ts';
import { amount, entries, field } from './json-value.ts';

/** pydantic-ai's name for the question which way to go. */
const ROUTE = 'route';

function main(value: Reading): [id: string, value: unknown] | null {
  const all = entries(value.json());
  const choices = all.filter(([, one]) => field(one, 'type') === 'choice');
  const picked = choices.find(([id]) => id === ROUTE) ?? choices.find(([, one]) => field(one, 'choice') !== undefined);
  return picked ?? choices[0] ?? all[0] ?? null;
}

/** How likely `true` is: a boolean's `probability`, which pydantic-ai calls `noul`. */
const yesOf = (answer: unknown) => amount(field(answer, 'probability')) ?? amount(field(answer, 'noul'));

const nameOf = (value: Reading): string | null => main(value)?.[0] ?? null;

function options(value: Reading): string[] | null {
  const question = main(value)?.[1];
  const type = field(question, 'type');
  if (type === 'boolean' || type === 'noul') return ['true', 'false'];
  const criteria = field(question, 'criteria') ?? field(question, 'probabilities');
  return typeof criteria === 'object' && criteria !== null ? Object.keys(criteria) : null;
}

function choice(value: Reading): string | null {
  const answer = main(value)?.[1];
  const chosen = field(answer, 'choice') ?? field(answer, 'score');
  if (typeof chosen === 'string' || typeof chosen === 'number') return String(chosen);
  const yes = yesOf(answer);
  return yes === null ? null : String(yes >= 0.5);
}

/** The probability of what was chosen; else the confidence that came with it. */
function confidence(value: Reading): number | null {
  const answer = main(value)?.[1];
  const yes = yesOf(answer);
  if (yes !== null) return Math.max(yes, 1 - yes);
  return amount(field(answer, 'probabilities', choice(value) ?? '')) ?? amount(field(answer, 'confidence'));
}

/** Where the confidence comes from; null when there are no probabilities beside it. */
function source(value: Reading): string | null {
  const answer = main(value)?.[1];
  const known = yesOf(answer) ?? amount(field(answer, 'probabilities', choice(value) ?? ''));
  return known === null ? null : 'probabilities';
}

function details(value: Reading): string | null {
  const answer = main(value)?.[1];
  const yes = yesOf(answer);
  const scores: [string, unknown][] =
    yes === null
      ? entries(field(answer, 'probabilities'))
      : [
          ['true', yes],
          ['false', 1 - yes],
        ];
  return scores.length === 0 ? null : JSON.stringify(scores.map(([id, score]) => ({ id, score })));
}

/** The columns that two such attributes fill. */
export const decisionColumns = (questions: string, answers: string): NonNullable<Dialect['columns']> => ({
  decisionName: [
    { key: questions, read: nameOf },
    { key: answers, read: nameOf },
  ],
  decisionOptions: [
    { key: questions, read: options },
    { key: answers, read: options },
  ],
  decisionOptionDetails: [{ key: answers, read: details }],
  decisionChoice: [{ key: answers, read: choice }],
  decisionConfidence: [{ key: answers, read: confidence }],
  decisionConfidenceSource: [{ key: answers, read: source }],
});
