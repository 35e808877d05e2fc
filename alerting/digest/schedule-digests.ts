// Wakes the digests every minute, on a round of their own, so that a long one never delays an alert.
import type { Logger } from 'pino';
import { every, MINUTE_MS } from '../schedule/every.ts';
import { createDigestTick, type DigestReport, type DigestTickDeps } from './digest-tick.ts';

export interface DigestsDeps extends Omit<DigestTickDeps, 'isStopping' | 'onFailed'> {
  readonly log: Pick<Logger, 'debug' | 'info' | 'error'>;
  /** Calls `tick` from time to time; the function it returns ends that. Default: every minute. */
  readonly wake?: (tick: () => Promise<unknown>) => () => void;
}

export interface Digests {
  /** Brings the digests up to now. Two calls at once are one round. Never rejects; null when it failed. */
  tick(): Promise<DigestReport | null>;
  /** No round begins after this call; resolves when the running one has ended. */
  stop(): Promise<void>;
}

/** Starts writing and sending digests. Close the database only after `stop`. */
export function startDigests(deps: DigestsDeps): Digests {
  const { log } = deps;
  let stopping = false;
  let running: Promise<DigestReport | null> | null = null;
  const runOne = createDigestTick({
    ...deps,
    isStopping: () => stopping,
    onFailed: ({ subject, lastError }) => log.error({ subject, reason: lastError }, 'a digest could not be mailed'),
  });
  const attempt = async () => {
    try {
      const report = await runOne();
      if (report.written.length + report.sent + report.failed > 0) log.info(report, 'digests');
      return report;
    } catch (error) {
      log.error({ err: error }, 'the digests could not be brought up to date; the next round goes on');
      return null;
    }
  };
  const tick = () => {
    if (stopping) return Promise.resolve(null);
    running ??= attempt().finally(() => {
      running = null;
    });
    return running;
  };
  const sleep = (deps.wake ?? ((work) => every(MINUTE_MS, work)))(tick);
  return {
    tick,
    async stop() {
      stopping = true;
      sleep();
      await running;
    },
  };
}
