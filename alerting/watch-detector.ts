// Watches a detector and a summarizer that run in another process: reads from storage when they last succeeded and how
// much they set aside.
import type { Database } from '#storage/database';
import { readLastTick } from '#storage/read-claims';
import { countOpenSetAside, reasonOf } from '#storage/set-aside';
import type { RunStore } from '#storage/stores';
import { createHeartbeat, type DetectorHealth } from './schedule/heartbeat.ts';
import { createSummarizerHealth, type SummarizerHealth } from './summaries/summarizer-health.ts';

const CHECK_EVERY_MS = 30_000;
/** The summarizer saves its cursor after each pass, every twenty seconds. */
const PASS_LATE_AFTER_MS = 90_000;

export interface WatchedAlerting {
  detector(): DetectorHealth;
  summarizer(): SummarizerHealth;
  close(): Promise<void>;
}

interface WatchDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly runs: RunStore;
  /** ms since 1970 */
  readonly now: () => number;
}

export function watchAlerting({ db, projectId, runs, now }: WatchDeps): WatchedAlerting {
  const detector = createHeartbeat(now());
  const summarizer = createSummarizerHealth(now());
  const check = async () => {
    try {
      const [lastTickMs, lastPassMs, open] = await Promise.all([
        readLastTick(db, projectId),
        runs.readLastPass(),
        countOpenSetAside(db, projectId),
      ]);
      if (lastTickMs !== null) detector.succeeded(lastTickMs, open.get('detector') ?? 0);
      if (lastPassMs !== null) summarizer.succeeded(lastPassMs, open.get('summaries') ?? 0, null);
      if (lastPassMs !== null && now() - lastPassMs > PASS_LATE_AFTER_MS) {
        summarizer.failed(
          'The process that writes summaries has not finished a pass lately. Read its log for the reason.',
        );
      }
    } catch (error) {
      detector.failed(reasonOf(error));
      summarizer.failed(reasonOf(error));
    }
  };
  let checking = check();
  const timer = setInterval(() => {
    checking = checking.then(check);
  }, CHECK_EVERY_MS);
  timer.unref();
  return {
    detector: () => detector.health(now()),
    summarizer: () => summarizer.health(now()),
    async close() {
      clearInterval(timer);
      await checking;
    },
  };
}
