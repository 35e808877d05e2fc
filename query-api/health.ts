// For machines that watch: is it alive, can it store, and its counters in Prometheus text.
import { Router } from 'express';
import type { Status } from '#schema/status';
import { prometheusText } from './metrics.ts';

export interface HealthDeps {
  status(): Status;
  /** Whether a span sent now could be stored. Never rejects for long: it is asked every few seconds. */
  ready(): Promise<boolean>;
}

/** `/healthz` 200 while the process answers at all; `/readyz` 200 or 503; `/metrics`. */
export function healthRoutes(deps: HealthDeps): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.set('cache-control', 'no-store').json({ alive: true });
  });
  router.get('/readyz', async (_request, response) => {
    const ready = await deps.ready().catch(() => false);
    response
      .set('cache-control', 'no-store')
      .status(ready ? 200 : 503)
      .json({ ready });
  });
  router.get('/metrics', (_request, response) => {
    response.set({ 'cache-control': 'no-store', 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.send(prometheusText(deps.status()));
  });
  return router;
}
