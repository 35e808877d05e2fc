// Runs the summaries. A timer only starts a pass; the stored cursor decides what is due.
import type { Logger } from 'pino';
import { EverythingFails } from '#domain/bisect';
import type { Database } from '#storage/database';
import { reasonOf } from '#storage/set-aside';
import type { RunStore } from '#storage/stores';
import { every } from '../schedule/every.ts';
import type { ModelWriter } from './model/model-writer.ts';
import { type SummarizeReport, summarizeDueRuns } from './summarize-runs.ts';
import { createSummarizerHealth, type SummarizerHealth } from './summarizer-health.ts';

const EVERY_MS = 20_000;
/** After this many fruitless passes in a row, although storage answered, the runs are at fault. */
const PASSES_UNTIL_STUBBORN = 2;

export interface SummarizerDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly runs: RunStore;
  readonly log: Pick<Logger, 'debug' | 'error'>;
  /** The LLM writer, which rewrites template summaries; null = none. */
  readonly model?: ModelWriter | null;
  /** ms since 1970 */
  readonly now: () => number;
  /** Calls `runPass` periodically; the function it returns ends that. Default: every twenty seconds. */
  readonly wake?: (runPass: () => Promise<unknown>) => () => void;
}

export interface Summarizer {
  /** Summarizes the runs due up to now. Concurrent calls share one pass. Never rejects; null = failed or stopped. */
  runPass(): Promise<SummarizeReport | null>;
  health(): SummarizerHealth;
  /** No pass begins after this call; resolves when the running one has ended. */
  stop(): Promise<void>;
}

/** Starts summarizing runs. Close the database only after `stop`. */
export function startSummarizer({
  db,
  projectId,
  runs,
  log,
  now,
  model = null,
  wake = (work) => every(EVERY_MS, work),
}: SummarizerDeps): Summarizer {
  let isStopping = false;
  let running: Promise<SummarizeReport | null> | null = null;
  let goOnAfter: SummarizeReport['goOnAfter'] = null;
  const health = createSummarizerHealth(now());
  let fruitless = 0;
  const attempt = async (): Promise<SummarizeReport | null> => {
    try {
      const nowMs = now();
      const isStubborn = fruitless >= PASSES_UNTIL_STUBBORN;
      const report = await summarizeDueRuns(
        { db, projectId, runs, isStopping: () => isStopping, isStubborn },
        nowMs,
        goOnAfter,
      );
      goOnAfter = report.goOnAfter;
      fruitless = 0;
      health.succeeded(nowMs, report.setAside, goOnAfter?.lastMs ?? null);
      if (report.summarized > 0) log.debug(report, 'runs summarized');
      return report;
    } catch (error) {
      fruitless = error instanceof EverythingFails && error.tried > 0 ? fruitless + 1 : 0;
      health.failed(reasonOf(error));
      log.error({ err: error }, 'runs could not be summarized; the next pass continues where this one stopped');
      return null;
    }
  };
  /** Runs beside the summarizer, which never waits for it. */
  let wording: Promise<unknown> | null = null;
  const word = (): void => {
    if (model === null || isStopping) return;
    wording ??= model
      .writeDue()
      .then(
        (report) => log.debug(report, 'summaries written by the LLM'),
        (error: unknown) =>
          log.error({ err: error }, 'the LLM writer failed; template summaries remain until the next pass'),
      )
      .finally(() => {
        wording = null;
      });
  };
  const runPass = (): Promise<SummarizeReport | null> => {
    if (isStopping) return Promise.resolve(null);
    running ??= attempt().finally(() => {
      running = null;
      word();
    });
    return running;
  };
  const sleep = wake(runPass);
  return {
    runPass,
    health: () => health.health(now()),
    async stop() {
      isStopping = true;
      sleep();
      model?.stop();
      await running;
      await wording;
    },
  };
}
