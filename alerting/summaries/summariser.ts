// Runs the summaries. A timer only starts a pass; the stored cursor decides what is due.
import type { Logger } from 'pino';
import type { Database } from '#storage/database';
import { every } from '../every.ts';
import type { ModelWriter } from './model/model-writer.ts';
import { type TellReport, tellDueRuns } from './tell-runs.ts';

const EVERY_MS = 20_000;

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
  const attempt = async (): Promise<TellReport | null> => {
    try {
      const report = await tellDueRuns({ db, projectId, isStopping: () => isStopping }, now(), goOnAfter);
      goOnAfter = report.goOnAfter;
      if (report.told > 0) log.debug(report, 'runs told');
      return report;
    } catch (error) {
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
    async stop() {
      isStopping = true;
      sleep();
      model?.stop();
      await running;
      await wording;
    },
  };
}
