// Runs the summaries. A timer only starts a pass; the stored cursor decides what is due.
import type { Logger } from 'pino';
import { EverythingFails } from '#storage/bisect';
import type { Database } from '#storage/database';
import { reasonOf } from '#storage/set-aside';
import { every } from '../schedule/every.ts';
import type { ModelWriter } from './model/model-writer.ts';
import { createSummarizerHealth, type SummarizerHealth } from './summarizer-health.ts';
import { type TellReport, tellDueRuns } from './tell-runs.ts';

const EVERY_MS = 20_000;
/** So often in a row nothing could be told although storage answered: then it is the runs. */
const LOOKS_UNTIL_STUBBORN = 2;

export interface SummariserDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly log: Pick<Logger, 'debug' | 'error'>;
  /** Words what the template told; null = nobody does. */
  readonly model?: ModelWriter | null;
  /** ms since 1970 */
  readonly now: () => number;
  /** Calls `look` from time to time; the function it returns ends that. Default: every twenty seconds. */
  readonly wake?: (look: () => Promise<unknown>) => () => void;
}

export interface Summariser {
  /** Tells what is due up to now. Two calls at once are one. Never rejects; null when it failed or is stopped. */
  look(): Promise<TellReport | null>;
  health(): SummarizerHealth;
  /** No look begins after this call; resolves when the running one has ended. */
  stop(): Promise<void>;
}

/** Starts telling runs. Close the database only after `stop`. */
export function startSummariser({
  db,
  projectId,
  log,
  now,
  model = null,
  wake = (work) => every(EVERY_MS, work),
}: SummariserDeps): Summariser {
  let isStopping = false;
  let running: Promise<TellReport | null> | null = null;
  let goOnAfter: TellReport['goOnAfter'] = null;
  const health = createSummarizerHealth(now());
  let fruitless = 0;
  const attempt = async (): Promise<TellReport | null> => {
    try {
      const nowMs = now();
      const isStubborn = fruitless >= LOOKS_UNTIL_STUBBORN;
      const report = await tellDueRuns({ db, projectId, isStopping: () => isStopping, isStubborn }, nowMs, goOnAfter);
      goOnAfter = report.goOnAfter;
      fruitless = 0;
      health.succeeded(nowMs, report.setAside, goOnAfter?.lastMs ?? null);
      if (report.told > 0) log.debug(report, 'runs told');
      return report;
    } catch (error) {
      fruitless = error instanceof EverythingFails && error.tried > 0 ? fruitless + 1 : 0;
      health.failed(reasonOf(error));
      log.error({ err: error }, 'runs could not be summarised; the next look goes on from where this one was');
      return null;
    }
  };
  /** Beside the telling, which never waits for it. */
  let wording: Promise<unknown> | null = null;
  const word = (): void => {
    if (model === null || isStopping) return;
    wording ??= model
      .writeDue()
      .then(
        (report) => log.debug(report, 'runs worded by a model'),
        (error: unknown) =>
          log.error({ err: error }, 'summaries by a model could not be written; the template stands in'),
      )
      .finally(() => {
        wording = null;
      });
  };
  const look = (): Promise<TellReport | null> => {
    if (isStopping) return Promise.resolve(null);
    running ??= attempt().finally(() => {
      running = null;
      word();
    });
    return running;
  };
  const sleep = wake(look);
  return {
    look,
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
