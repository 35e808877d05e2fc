// Looks after a detector that runs in another process: reads from the journal when it last succeeded.
import type { Database } from '#storage/database';
import { readLastTick } from '#storage/read-claims';
import { createHeartbeat, type DetectorHealth } from '../alerting/heartbeat.ts';

const LOOK_EVERY_MS = 30_000;

export const NO_DETECTOR: DetectorHealth = { lastTickAt: null, lastError: null, isOverdue: false, standbyFor: null };

export interface WatchedDetector {
  health(): DetectorHealth;
  close(): Promise<void>;
}

/** @param now ms since 1970 */
export function watchDetector(db: Database, projectId: string, now: () => number): WatchedDetector {
  const heartbeat = createHeartbeat(now());
  const look = async () => {
    try {
      const lastTickMs = await readLastTick(db, projectId);
      if (lastTickMs !== null) heartbeat.succeeded(lastTickMs);
    } catch (error) {
      heartbeat.failed(error instanceof Error ? error.message : String(error));
    }
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    health: () => heartbeat.health(now()),
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
