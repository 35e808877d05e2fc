// Looks after a detector and a summarizer that run in another process: reads from storage when they last succeeded, and
// what they set aside.
import type { Database } from '#storage/database';
import { readLastTick } from '#storage/read-claims';
import { countOpenSetAside, reasonOf } from '#storage/set-aside';
import type { RunStore } from '#storage/stores';
import { createHeartbeat, type DetectorHealth } from './schedule/heartbeat.ts';
import { createSummarizerHealth, type SummarizerHealth } from './summaries/summarizer-health.ts';

const LOOK_EVERY_MS = 30_000;
/** The summarizer saves its place after each look, every twenty seconds. */
const LOOK_LATE_AFTER_MS = 90_000;

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
  const look = async () => {
    try {
      const [lastTickMs, lastLookMs, open] = await Promise.all([
        readLastTick(db, projectId),
        runs.readLastPass(),
        countOpenSetAside(db, projectId),
      ]);
      if (lastTickMs !== null) detector.succeeded(lastTickMs, open.get('detector') ?? 0);
      if (lastLookMs !== null) summarizer.succeeded(lastLookMs, open.get('summaries') ?? 0, null);
      if (lastLookMs !== null && now() - lastLookMs > LOOK_LATE_AFTER_MS) {
        summarizer.failed('The process that writes summaries has not finished a pass lately; its log says why.');
      }
    } catch (error) {
      detector.failed(reasonOf(error));
      summarizer.failed(reasonOf(error));
    }
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    detector: () => detector.health(now()),
    summarizer: () => summarizer.health(now()),
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
