// How long requests, queries, inserts and ticks take, as histograms in Prometheus' sense.
import { Histogram, Registry } from 'prom-client';
import type { Database } from '#storage/database';

/** From a lookup in memory to the longest a query may take. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export interface Durations {
  readonly registry: Registry;
  /** One OTLP request that was answered. */
  otlp(transport: 'http' | 'grpc', status: number, ms: number): void;
  /** One request of the API that was answered. @param route the path with its parameters' names */
  api(route: string, status: number, ms: number): void;
  /** One tick of the detector. */
  tick(status: string, ms: number): void;
  /** The database, timed. */
  timed(db: Database): Database;
}

export function createDurations(): Durations {
  const registry = new Registry();
  const histogram = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Histogram({
      name: `telltale_${name}_duration_seconds`,
      help,
      labelNames,
      buckets: SECONDS,
      registers: [registry],
    });
  const otlp = histogram('otlp_request', 'OTLP requests, from their headers to their answer.', 'transport', 'status');
  const api = histogram('api_request', 'Requests of the API and the UI.', 'route', 'status');
  const query = histogram('storage_query', 'Queries to the database, including the wait for a connection.', 'result');
  const insert = histogram('storage_insert', 'Inserts into the database.', 'table', 'result');
  const tick = histogram('detector_tick', 'Ticks of the detector.', 'result');

  async function measured<T>(work: () => Promise<T>, observe: (result: 'ok' | 'failed', seconds: number) => void) {
    const begunMs = performance.now();
    let result: 'ok' | 'failed' = 'failed';
    try {
      const value = await work();
      result = 'ok';
      return value;
    } finally {
      observe(result, (performance.now() - begunMs) / 1000);
    }
  }
  const asked = (result: 'ok' | 'failed', seconds: number) => query.observe({ result }, seconds);
  return {
    registry,
    otlp: (transport, status, ms) => otlp.observe({ transport, status: String(status) }, ms / 1000),
    api: (route, status, ms) => api.observe({ route, status: String(status) }, ms / 1000),
    tick: (result, ms) => tick.observe({ result }, ms / 1000),
    timed: (db) => ({
      ...db,
      query: <Row>(...of: Parameters<Database['query']>) => measured(() => db.query<Row>(...of), asked),
      queryTuples: <Row extends readonly unknown[]>(...of: Parameters<Database['queryTuples']>) =>
        measured(() => db.queryTuples<Row>(...of), asked),
      insertRows: (table, rows) =>
        measured(
          () => db.insertRows(table, rows),
          (result, seconds) => insert.observe({ table, result }, seconds),
        ),
      insertFile: (table, path, token) =>
        measured(
          () => db.insertFile(table, path, token),
          (result, seconds) => insert.observe({ table, result }, seconds),
        ),
    }),
  };
}
