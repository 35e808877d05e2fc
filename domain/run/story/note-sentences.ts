// Sentences about how steps got through: circuits, dead letters, tokens, answers in a new shape. Pure.
import type { NoteFact, RunFacts } from '#contracts/run-facts';
import { type Draft, it, listed, type Piece, plain, say } from './draft.ts';
import { WEIGHT } from './weights.ts';

/** Notes that no other sentence reports. @param cited span ids of the other sentences */
export function noteSentences(facts: RunFacts, cited: ReadonlySet<string>): Draft[] {
  const isCited = ({ code, spanId }: NoteFact) =>
    (code === 'circuit_opened' || code === 'dead_letter') && cited.has(spanId);
  return facts.notes
    .filter((note) => !isCited(note))
    .map((note) => ({ pieces: noteText(note), spanIds: [note.spanId], weight: WEIGHT.note, atMs: note.atMs }));
}

function noteText({ code, step, detail }: NoteFact): Piece[] {
  switch (code) {
    case 'circuit_opened':
      return say`The circuit ${detail || step} opened.`;
    case 'circuit_closed':
      return say`The circuit ${detail || step} closed again.`;
    case 'dead_letter':
      return say`${step} was kept as a dead letter.`;
    case 'token_refreshed':
      return say`The token of ${detail} was refreshed after it was rejected.`;
    case 'schema_changed':
      return say`The answer of ${step} no longer fits its schema: ${detail}.`;
    case 'constraint_failed':
      return say`The answer of ${step} has values that its schema does not allow: ${detail}.`;
    case 'replayed':
      return say`${step} had been done before, so its result was used again.`;
  }
}

const MAX_TOOLS = 4;
const MAX_MODELS = 2;

/** Which tools and models it used, for a run of which there is little else to say. */
export function meansSentences(facts: RunFacts): Draft[] {
  const tools = facts.steps.filter(
    ({ kind, status }) => (kind === 'tool' || kind === 'retrieval') && status !== 'error',
  );
  const names = [...new Set(tools.map(({ name }) => name))];
  // A provider answers with the dated name of what was asked for: that is one model.
  const all = facts.models.filter((model) => !facts.models.some((other) => model.startsWith(`${other}-`)));
  const models = all.slice(0, MAX_MODELS);
  if (names.length + models.length === 0) return [];
  const shown = names.slice(0, names.length <= MAX_TOOLS ? MAX_TOOLS : MAX_TOOLS - 1);
  const rest = names.length - shown.length;
  const items: Piece[][] = [
    ...shown.map((name) => say`${name}`),
    ...(rest > 0 ? [[plain(`${rest} other tools`)]] : []),
    ...(models.length === 0
      ? []
      : [[plain(models.length === 1 ? 'the model ' : 'the models '), ...listed(models.map((model) => say`${model}`))]]),
  ];
  const calls = facts.steps.filter(({ kind }) => kind === 'llm' || kind === 'embedding');
  const first = tools[0] ?? calls[0];
  const spanIds = [
    ...shown.flatMap((name) => tools.find((step) => step.name === name)?.spanIds[0] ?? []),
    ...(models.length === 0 ? [] : (calls[0]?.spanIds.slice(0, 1) ?? [facts.who.spanId])),
  ];
  if (first === undefined && spanIds.length === 0) return [];
  return [{ pieces: say`${it} used ${listed(items)}.`, spanIds, weight: WEIGHT.means, atMs: 0 }];
}
