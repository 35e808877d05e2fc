// Runs a job from time to time. Alerting's jobs find out for themselves what is due, so a run that is missed, early or
// doubled changes nothing. Not node-cron: decision 0077.

export const MINUTE_MS = 60_000;

/** Timers may fire a little early; the run for that moment has been then. */
const EARLY_MS = 50;

/**
 * Runs `job` at each multiple of `periodMs` since 1970, so that several processes run theirs together.
 * @param job never rejects
 * @returns ends it
 */
export function every(periodMs: number, job: () => Promise<unknown>): () => void {
  let timer: NodeJS.Timeout;
  const plan = () => {
    const leftMs = periodMs - (Date.now() % periodMs);
    timer = setTimeout(run, leftMs < EARLY_MS ? leftMs + periodMs : leftMs);
  };
  const run = () => {
    plan();
    void job();
  };
  plan();
  return () => clearTimeout(timer);
}
