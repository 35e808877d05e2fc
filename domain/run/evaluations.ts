// How a step was judged, whatever the dialect calls it. Pure.
import type { Attributes, AttributeValue, Evaluation, SpanDetail, SpanLog } from '#contracts/span';
import { own, parsed, type Read, reader, textOf } from './foreign-values.ts';

type Judged = Pick<SpanDetail, 'kind' | 'attributes' | 'events' | 'logs' | 'output'>;

const RESULT = 'gen_ai.evaluation.result';
/** OpenInference spells annotations out; older evaluators write `eval.<name>.score`. */
const SPELLED_OUT = [
  /^(?:annotations|evaluations)\.(\d{1,4})\.(?:annotation|evaluation)\.(name|score|label|explanation)$/,
  /^eval\.([^.]{1,100})\.(score|label|explanation)$/,
];

/** Scores on the span, in its events, in its log records; else what an evaluator's output says. */
export function evaluationsOf({ kind, attributes, events, logs, output }: Judged, read: Read): Evaluation[] {
  const results = [
    genAi(read),
    ...events.filter(({ name }) => name === RESULT).map((event) => genAi(reader(event.attributes))),
    ...logs.filter(({ eventName }) => eventName === RESULT).map(evaluationOfLog),
    ...spelledOut(attributes),
    guardrail(read),
  ].filter((result) => result !== null);
  if (results.length === 0 && kind === 'evaluator') results.push(...judged(parsed(output)));
  return results;
}

/** What a log record of the event `gen_ai.evaluation.result` says; null for any other, or an empty one. */
export function evaluationOfLog(log: Pick<SpanLog, 'eventName' | 'body' | 'attributes'>): Evaluation | null {
  if (log.eventName !== RESULT) return null;
  const read = reader(log.attributes);
  const body = parsed(log.body);
  return genAi((key) => read(key) ?? (own(body, key) as AttributeValue | undefined));
}

function genAi(read: Read): Evaluation | null {
  return evaluation(
    read('gen_ai.evaluation.name'),
    read('gen_ai.evaluation.score.value'),
    read('gen_ai.evaluation.score.label'),
    read('gen_ai.evaluation.explanation'),
  );
}

function spelledOut(attributes: Attributes): (Evaluation | null)[] {
  const items = new Map<string, Map<string, AttributeValue>>();
  for (const [key, value] of Object.entries(attributes)) {
    for (const shape of SPELLED_OUT) {
      const [, item, field] = shape.exec(key) ?? [];
      if (item === undefined || field === undefined) continue;
      const fields = items.get(item) ?? new Map<string, AttributeValue>();
      // `eval.toxicity.score` names it in the key.
      if (key.startsWith('eval.')) fields.set('name', item);
      items.set(item, fields.set(field, value));
    }
  }
  return [...items.values()].map((fields) =>
    evaluation(fields.get('name'), fields.get('score'), fields.get('label'), fields.get('explanation')),
  );
}

/** OpenAI Agents' guardrails say whether they were triggered. */
function guardrail(read: Read): Evaluation | null {
  const triggered =
    read('guardrail.triggered') ?? read('span_data.triggered') ?? own(parsed(read('span_data')), 'triggered');
  if (typeof triggered !== 'boolean') return null;
  return {
    name: textOf(read('guardrail.name')) ?? 'guardrail',
    score: null,
    label: triggered ? 'triggered' : 'passed',
    explanation: null,
  };
}

/** The output of an evaluator: a number, or an object with a score. */
function judged(output: unknown): Evaluation[] {
  if (typeof output === 'number' || typeof output === 'boolean')
    return [{ name: null, score: Number(output), label: null, explanation: null }];
  const result = evaluation(
    own(output, 'name') ?? own(output, 'key'),
    own(output, 'score') ?? own(output, 'value'),
    own(output, 'label') ?? own(output, 'verdict'),
    own(output, 'explanation') ?? own(output, 'reason') ?? own(output, 'comment'),
  );
  return result === null ? [] : [result];
}

function evaluation(name: unknown, score: unknown, label: unknown, explanation: unknown): Evaluation | null {
  const number =
    typeof score === 'boolean'
      ? Number(score)
      : typeof score === 'string' && score.trim() !== ''
        ? Number(score)
        : score;
  const value = typeof number === 'number' && Number.isFinite(number) ? number : null;
  const word = textOf(label) ?? (value === null ? textOf(score) : null);
  if (value === null && word === null) return null;
  return { name: textOf(name), score: value, label: word, explanation: textOf(explanation) };
}
