// AI SDK 7 (@ai-sdk/otel): GenAI names, and its own for decisions. https://ai-sdk.dev/docs/ai-sdk-core/telemetry
// A decision asks questions by id; the first one that chooses among options is the decision that our columns show.
import type { Dialect, Reading } from './dialect.ts';
import { amount, entries, field } from './json-value.ts';

const QUESTIONS = 'ai.decision.questions';
const ANSWERS = 'ai.decision.answers';

/** The question, or answer, that our columns show: the first choice, else the first of all. */
function main(value: Reading): [id: string, value: unknown] | null {
  const all = entries(value.json());
  return all.find(([, one]) => field(one, 'type') === 'choice') ?? all[0] ?? null;
}

const nameOf = (value: Reading): string | null => main(value)?.[0] ?? null;

function options(value: Reading): string[] | null {
  const question = main(value)?.[1];
  if (field(question, 'type') === 'boolean') return ['true', 'false'];
  const criteria = field(question, 'criteria') ?? field(question, 'probabilities');
  return typeof criteria === 'object' && criteria !== null ? Object.keys(criteria) : null;
}

function choice(value: Reading): string | null {
  const answer = main(value)?.[1];
  const chosen = field(answer, 'choice') ?? field(answer, 'score');
  if (typeof chosen === 'string' || typeof chosen === 'number') return String(chosen);
  const yes = amount(field(answer, 'probability'));
  return yes === null ? null : String(yes >= 0.5);
}

/** The probability of what was chosen. A boolean's `probability` is that of true. */
function confidence(value: Reading): number | null {
  const answer = main(value)?.[1];
  const yes = amount(field(answer, 'probability'));
  if (yes !== null) return Math.max(yes, 1 - yes);
  return amount(field(answer, 'probabilities', choice(value) ?? ''));
}

function details(value: Reading): string | null {
  const answer = main(value)?.[1];
  const yes = amount(field(answer, 'probability'));
  const scores: [string, unknown][] =
    yes === null
      ? entries(field(answer, 'probabilities'))
      : [
          ['true', yes],
          ['false', 1 - yes],
        ];
  return scores.length === 0 ? null : JSON.stringify(scores.map(([id, score]) => ({ id, score })));
}

export const aiSdk7: Dialect = {
  name: 'ai-sdk-7',
  columns: {
    sessionId: ['ai.settings.context.sessionId', 'ai.settings.context.session_id'],
    userId: ['ai.settings.context.userId', 'ai.settings.context.user_id'],
    input: ['ai.decision.state', QUESTIONS],
    output: [ANSWERS],
    decisionName: [
      { key: QUESTIONS, read: nameOf },
      { key: ANSWERS, read: nameOf },
    ],
    decisionOptions: [
      { key: QUESTIONS, read: options },
      { key: ANSWERS, read: options },
    ],
    decisionOptionDetails: [{ key: ANSWERS, read: details }],
    decisionChoice: [{ key: ANSWERS, read: choice }],
    decisionConfidence: [{ key: ANSWERS, read: confidence }],
    decisionConfidenceSource: [
      { key: ANSWERS, read: (value) => (confidence(value) === null ? null : 'probabilities') },
    ],
  },
};
