// Asks a model once, and once more where that may help: paid from the day's budget, over by the deadline.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Budget } from './budget.ts';
import type { ModelClient, ModelUsage } from './client.ts';
import { ANSWER_MAX_TOKENS, mostTokensOf, PROMPT_VERSION, type Prompt } from './prompt.ts';

export type Asked =
  | { readonly kind: 'answered'; readonly text: string; readonly spent: Spent }
  | { readonly kind: 'unusable'; readonly why: string; readonly spent: Spent }
  /** Nothing came; another time something may. `pauseMs`: leave the server alone for so long. */
  | {
      readonly kind: 'failed';
      readonly why: string;
      readonly isLasting: boolean;
      readonly pauseMs: number | null;
      readonly spent: Spent;
    }
  | { readonly kind: 'no_budget'; readonly spent: Spent };

/** Of all attempts together. */
export interface Spent extends ModelUsage {
  readonly microUsd: number;
}

export interface AskDeps {
  readonly client: ModelClient;
  readonly budget: Budget;
  /** For everything: attempts, waits, bookkeeping aside. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Milliseconds that only go forward. */
  readonly clockMs?: () => number;
}

const ATTEMPTS = 2;
/** Between two attempts when the server does not say. */
const WAIT_MS = 500;
/** Less than this is too little for an attempt. */
const SHORTEST_MS = 1000;
/** The first attempt leaves time for a second one. */
const FIRST_SHARE = 0.6;

/** @throws StorageError when the budget cannot be read or noted: then nothing is asked */
export async function askModel(
  { client, budget, deadlineMs, signal, clockMs = () => performance.now() }: AskDeps,
  traceId: string,
  prompt: Prompt,
): Promise<Asked> {
  const endMs = clockMs() + deadlineMs;
  const most = { tokensIn: mostTokensOf(prompt), tokensOut: ANSWER_MAX_TOKENS };
  let spent: Spent = { microUsd: 0, tokensIn: null, tokensOut: null };
  for (let attempt = 1; ; attempt++) {
    const call = { traceId, model: client.model, promptVersion: PROMPT_VERSION };
    const reservation = await budget.reserve(call, most);
    if (reservation === null) return { kind: 'no_budget', spent };
    const leftMs = endMs - clockMs();
    const timeoutMs = Math.max(1, Math.floor(attempt < ATTEMPTS ? leftMs * FIRST_SHARE : leftMs));
    const result = await client.ask(prompt, timeoutMs, signal);
    const usage = result.kind === 'failed' ? { tokensIn: null, tokensOut: null } : result.usage;
    const mayHaveCost = result.kind === 'failed' ? result.mayHaveCost : true;
    const outcome = result.kind === 'answered' ? 'answered' : result.why;
    spent = plus(spent, await reservation.settle({ ...usage, outcome, mayHaveCost }), usage);
    if (result.kind === 'answered') return { kind: 'answered', text: result.text, spent };
    if (result.kind === 'unusable') return { kind: 'unusable', why: result.why, spent };
    const { why, isRetryable, retryAfterMs: pauseMs } = result;
    const waitMs = pauseMs ?? WAIT_MS;
    const isOver = attempt === ATTEMPTS || signal.aborted || clockMs() + waitMs + SHORTEST_MS > endMs;
    if (!isRetryable || isOver) return { kind: 'failed', why, isLasting: !isRetryable, pauseMs, spent };
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return { kind: 'failed', why, isLasting: false, pauseMs, spent };
  }
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0);
const plus = (a: Spent, microUsd: number, usage: ModelUsage): Spent => ({
  microUsd: a.microUsd + microUsd,
  tokensIn: sum(a.tokensIn, usage.tokensIn),
  tokensOut: sum(a.tokensOut, usage.tokensOut),
});
