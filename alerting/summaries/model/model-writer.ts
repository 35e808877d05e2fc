// Has an LLM rewrite what the template wrote: the most notable runs first, within the day's budget. The
// template's words stay wherever nothing better comes of it, so no reader ever waits for a model.
import type { Logger } from 'pino';
import type { RunFacts } from '#contracts/run-facts';
import type { RunSummary, RunSummaryReply } from '#contracts/summary';
import { hasEnded } from '#domain/run/run-status';
import { templateSummary } from '#domain/run/story/current-summary';
import type { Database } from '#storage/database';
import { hashFacts } from '#storage/hash-facts';
import type { RunForModel } from '#storage/runs-for-model';
import { probeStorage, readOpenSetAside, reasonOf, recordSetAside } from '#storage/set-aside';
import type { RunStore } from '#storage/stores';
import { readModelAnswer } from './answer.ts';
import { createAnswers, type Outcome } from './answers.ts';
import type { Budget } from './budget.ts';
import type { ModelClient } from './client.ts';
import { modelView } from './model-view.ts';
import { PROMPT_VERSION, promptOf } from './prompt.ts';
import type { Mask } from './shown-words.ts';
import { verify } from './verify.ts';

export interface ModelWriterDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly runs: RunStore;
  readonly log: Pick<Logger, 'warn' | 'debug'>;
  /** ms since 1970 */
  readonly now: () => number;
  readonly client: ModelClient;
  readonly budget: Budget;
  readonly dailyUsd: number;
  /** What else is masked before anything leaves; secrets are in any case. */
  readonly mask?: Mask;
  /** For one run, to the last attempt. */
  readonly deadlineMs?: number;
  readonly clockMs?: () => number;
}

export interface ModelReport {
  /** Runs that now have a model's words, and those for which the template's stay. */
  readonly written: number;
  readonly kept: number;
  /** Why it ended before all was done. */
  readonly endedBy: 'done' | 'no_budget' | 'failed' | 'paused' | 'stopped';
}

export interface ModelHealth {
  readonly model: string;
  readonly dailyUsd: number;
  readonly spentUsd: number;
  readonly isAtCap: boolean;
  /** Why the last call came to nothing; null = it did not. */
  readonly lastError: string | null;
}

export interface ModelWriter {
  /** Writes what is due. Two calls at once are one. @throws StorageError */
  writeDue(): Promise<ModelReport>;
  /** Summarizes one run anew, with the LLM when it answers in time; null when nothing of it is stored. @throws StorageError */
  redo(traceId: string): Promise<RunSummaryReply | null>;
  health(): ModelHealth;
  /** Ends calls that are under way. */
  stop(): void;
}

const DEADLINE_MS = 20_000;
const PASS_MS = 60_000;
const RUNS_A_PASS = 40;
/** Older runs are left to the template: today's budget is for today's runs. */
const WINDOW_MS = 24 * 3_600_000;
/** After so many passes without any answer a run is left to the template. */
const MAX_TRIES = 3;
const SHORTEST_PAUSE_MS = 20_000;
const LONGEST_PAUSE_MS = 600_000;
/** After so many runs in a row that failed by themselves, and none that did not, it is not the runs. */
const ENOUGH_FAILURES = 8;

export function createModelWriter(deps: ModelWriterDeps): ModelWriter {
  const { db, projectId, runs, log, now, client, budget, dailyUsd, mask, deadlineMs = DEADLINE_MS } = deps;
  const clockMs = deps.clockMs ?? (() => performance.now());
  const ending = new AbortController();
  const triesWithoutAnswer = new Map<string, number>();
  let lastError: string | null = null;
  let pauseMs = SHORTEST_PAUSE_MS;
  let pausedUntilMs = 0;
  let running: Promise<ModelReport> | null = null;

  const answerTo = createAnswers({ db, projectId, now, client, budget, deadlineMs, clockMs, signal: ending.signal });

  /** What to store for a run, or the outcome that leaves it as it is. */
  const write = async (facts: RunFacts, isAnew: boolean): Promise<{ summary: RunSummary; outcome: Outcome }> => {
    const view = modelView(facts, mask);
    const outcome = await answerTo(facts.traceId, promptOf(facts, view), isAnew);
    const template = templateSummary(facts, hashFacts(facts));
    const { microUsd, tokensIn, tokensOut } = outcome.spent;
    const audit = { model: client.model, promptVersion: PROMPT_VERSION, tokensIn, tokensOut, costUsd: microUsd / 1e6 };
    if (outcome.kind === 'no_budget')
      return { summary: { ...template, verdict: 'not asked: the budget of today is used up' }, outcome };
    if (outcome.kind !== 'answered')
      return { summary: { ...template, ...audit, verdict: `no answer: ${outcome.why}` }, outcome };
    const answer = readModelAnswer(outcome.text);
    const { story, verdict } =
      answer === null
        ? { story: null, verdict: 'not taken: not the shape asked for' }
        : verify(answer, facts, view, template);
    const words = outcome.isShared ? `${verdict}; words shared with a like run` : verdict;
    const summary: RunSummary = {
      ...template,
      ...audit,
      verdict: words,
      ...(story === null ? {} : { ...story, kind: 'model' }),
    };
    return { summary, outcome };
  };

  const store = async (run: Omit<RunForModel, 'factsHash'>, summary: RunSummary): Promise<RunSummary> => {
    const atMs = Math.max(now(), run.writtenMs + 1);
    await runs.writeSummaries(atMs, [{ ...run, summary }]);
    return { ...summary, writtenAt: new Date(atMs).toISOString() };
  };

  /** @returns whether a model's words were stored; null when nothing was, since another time may do better */
  const writeRun = async (run: RunForModel): Promise<{ isModel: boolean | null; outcome: Outcome }> => {
    const { summary, outcome } = await write(run.facts, false);
    if (outcome.kind === 'no_budget') return { isModel: null, outcome };
    if (outcome.kind === 'failed') {
      if (ending.signal.aborted) return { isModel: null, outcome };
      const tries = (triesWithoutAnswer.get(run.factsHash) ?? 0) + 1;
      triesWithoutAnswer.set(run.factsHash, tries);
      if (tries < MAX_TRIES) return { isModel: null, outcome };
    }
    triesWithoutAnswer.delete(run.factsHash);
    // Spans that came meanwhile: the run will be summarized, and the LLM asked, anew.
    const stored = (await runs.readStoredSummaries([run.facts.traceId])).get(run.facts.traceId);
    if (stored?.summary.factsHash !== run.factsHash) return { isModel: null, outcome };
    await store(run, summary);
    return { isModel: summary.kind === 'model', outcome };
  };

  const noteFailure = (why: string, wantedMs: number | null) => {
    if (lastError !== why) log.warn({ model: client.model, why }, 'the model gave no summary; the template stands in');
    lastError = why;
    pausedUntilMs = now() + Math.max(wantedMs ?? 0, pauseMs);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  };

  const setAside = (traceId: string, error: unknown) =>
    recordSetAside(db, projectId, 'model_summaries', now(), {
      failed: [
        {
          item: traceId,
          reason: `This run cannot be given to the model: ${reasonOf(error)} Its summary by rule stays.`,
        },
      ],
    });

  const lookOnce = async (): Promise<ModelReport> => {
    if (ending.signal.aborted) return { written: 0, kept: 0, endedBy: 'stopped' };
    if (now() < pausedUntilMs) return { written: 0, kept: 0, endedBy: 'paused' };
    const aside = await readOpenSetAside(db, projectId, 'model_summaries');
    const query = {
      without: [...aside.values()].flatMap(({ item, retryAtMs }) => ((retryAtMs ?? Infinity) > now() ? [item] : [])),
      model: client.model,
      promptVersion: PROMPT_VERSION,
      sinceMs: now() - WINDOW_MS,
      limit: RUNS_A_PASS,
    };
    const due = await runs.listDueForModel(query);
    for (const { traceId, error } of due.unreadable) await setAside(traceId, error);
    let failures = 0;
    const endMs = clockMs() + PASS_MS;
    const report = { written: 0, kept: 0, endedBy: 'done' as ModelReport['endedBy'] };
    for (const run of due.runs) {
      if (clockMs() > endMs) break;
      const written = await writeRun(run).catch((error: unknown) => ({ error }));
      if ('error' in written) {
        if (ending.signal.aborted) return { ...report, endedBy: 'stopped' };
        await probeStorage(db);
        if (++failures >= ENOUGH_FAILURES && report.written + report.kept === 0) throw written.error;
        await setAside(run.facts.traceId, written.error);
        continue;
      }
      const { isModel, outcome } = written;
      if (isModel !== null && aside.has(run.facts.traceId))
        await recordSetAside(db, projectId, 'model_summaries', now(), { done: [run.facts.traceId] });
      if (isModel !== null) report[isModel ? 'written' : 'kept']++;
      if (ending.signal.aborted) return { ...report, endedBy: 'stopped' };
      if (outcome.kind === 'no_budget') return { ...report, endedBy: 'no_budget' };
      if (outcome.kind === 'failed') {
        noteFailure(outcome.why, outcome.isLasting ? LONGEST_PAUSE_MS : outcome.pauseMs);
        return { ...report, endedBy: 'failed' };
      }
      if (outcome.isShared) continue;
      lastError = null;
      pauseMs = SHORTEST_PAUSE_MS;
    }
    return report;
  };

  return {
    writeDue() {
      running ??= lookOnce().finally(() => {
        running = null;
      });
      return running;
    },
    async redo(traceId) {
      const summarized = (await runs.readSummarized([traceId], now())).get(traceId);
      if (summarized === undefined) return null;
      const { facts, run, coversMs } = summarized;
      if (!hasEnded(facts)) return { summary: templateSummary(facts, hashFacts(facts)), facts };
      const { summary, outcome } = await write(facts, true);
      if (outcome.kind === 'failed') lastError = outcome.why;
      const writtenMs = Date.parse(summarized.summary.writtenAt ?? '') || 0;
      await recordSetAside(db, projectId, 'model_summaries', now(), { done: [traceId] });
      return { summary: await store({ facts, spanCount: run.spanCount, coversMs, writtenMs }, summary), facts };
    },
    health: () => ({
      model: client.model,
      dailyUsd,
      spentUsd: budget.spentUsd(),
      isAtCap: budget.isAtCap(),
      lastError,
    }),
    stop: () => ending.abort(),
  };
}
