// Answers to questions about runs: what was answered before is not asked, or paid, again.
import type { Database } from '#storage/database';
import { keepAnswer, readAnswer } from '#storage/model-calls';
import { type AskDeps, type Asked, askModel, type Spent } from './ask-model.ts';
import { keyOf, PROMPT_VERSION, type Prompt } from './prompt.ts';

type Without = Extract<Asked, { kind: 'failed' | 'no_budget' }>;
type With = Extract<Asked, { kind: 'answered' | 'unusable' }>;
/** `isShared`: it was asked for another run, or earlier. */
export type Outcome = Without | (With & { readonly isShared: boolean });

export interface AnswerDeps extends AskDeps {
  readonly db: Database;
  readonly projectId: string;
  /** ms since 1970 */
  readonly now: () => number;
}

const NOTHING: Spent = { microUsd: 0, tokensIn: 0, tokensOut: 0 };

/** @param isAnew asks although an answer is known. @throws StorageError */
export type Answers = (traceId: string, prompt: Prompt, isAnew: boolean) => Promise<Outcome>;

export function createAnswers({ db, projectId, now, ...deps }: AnswerDeps): Answers {
  const { model } = deps.client;
  // One call at a time: if it comes to more than was set aside, it is the only one beyond the cap.
  let line: Promise<unknown> = Promise.resolve();
  const ask = async (traceId: string, key: string, prompt: Prompt): Promise<Outcome> => {
    const call = () => askModel(deps, traceId, prompt);
    const turn = line.then(call, call);
    line = turn.catch(() => undefined);
    const asked = await turn;
    if (asked.kind === 'failed' || asked.kind === 'no_budget') return asked;
    const kept = asked.kind === 'answered' ? { answer: asked.text, why: '' } : { answer: '', why: asked.why };
    await keepAnswer(db, projectId, now(), { key, traceId, model, promptVersion: PROMPT_VERSION, ...kept });
    return { ...asked, isShared: false };
  };
  return async (traceId, prompt, isAnew) => {
    const key = keyOf(prompt, model);
    const known = isAnew ? null : await readAnswer(db, projectId, key);
    if (known === null) return ask(traceId, key, prompt);
    const shared = { spent: NOTHING, isShared: true };
    if (known.answer === '') return { kind: 'unusable', why: known.why, ...shared };
    return { kind: 'answered', text: known.answer, ...shared };
  };
}
