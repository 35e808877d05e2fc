// For machines that watch: is it alive, can it store, and its counters in Prometheus text.
import { Router } from 'express';
import type { Registry } from 'prom-client';
import type { Status } from '#contracts/status';
import { prometheusText } from './metrics.ts';

export interface HealthDeps {
  status(): Status;
  /** Whether a span sent now could be stored. A rejection, or no answer in time, means no. */
  ready(): Promise<boolean>;
  /** Histograms that stand beside the counters of `status`. */
  readonly durations?: Registry | undefined;
}

/** Longest wait for `ready`. A store that is busy for longer is not ready for more. */
const READY_WITHIN_MS = 5_000;

/** `/healthz` 200 while the process answers at all; `/readyz` 200 or 503; `/metrics`. */
export function healthRoutes(deps: HealthDeps): Router {
  const router = Router();
  const isReady = shared(() => inTime(deps.ready()));
  router.get('/healthz', (_request, response) => {
    response.set('cache-control', 'no-store').json({ alive: true });
  });
  router.get('/readyz', async (_request, response) => {
    const ready = await isReady();
    response
      .set('cache-control', 'no-store')
      .status(ready ? 200 : 503)
      .json({ ready });
  });
  router.get('/metrics', async (_request, response) => {
    response.set({ 'cache-control': 'no-store', 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.send(await prometheusText(deps.status(), deps.durations));
  });
  return router;
}

/** Checks that come while one is under way share its result, so that they cannot pile up. */
function shared(check: () => Promise<boolean>): () => Promise<boolean> {
  let running: Promise<boolean> | null = null;
  return () => {
    running ??= check().finally(() => {
      running = null;
    });
    return running;
  };
}

async function inTime(asked: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), READY_WITHIN_MS);
  });
  try {
    return await Promise.race([asked, late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
