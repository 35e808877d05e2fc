// The query API as a process part: the app behind an open door.
import type { Database } from '#storage/database';
import { createQueryApi, type QueryApiDeps } from './app.ts';
import { type Listening, listen } from './listen.ts';

export interface ServerDeps extends Omit<QueryApiDeps, 'now' | 'ready'>, Partial<Pick<QueryApiDeps, 'now' | 'ready'>> {
  /** 0 takes a free one. */
  readonly port: number;
}

/** Longest wait for storage before a readiness check counts as failed, seconds. */
const READY_WITHIN_S = 5;

/** Starts answering. Close it before the database. @throws Error with `code` when it cannot listen */
export function startQueryApi(deps: ServerDeps): Promise<Listening> {
  const app = createQueryApi({ now: Date.now, ready: storageAnswers(deps.db), ...deps });
  return listen(app, deps.host, deps.port);
}

/** Ready means that storage answers. Checks that come while one is under way share its result. */
function storageAnswers(db: Database): () => Promise<boolean> {
  let running: Promise<boolean> | null = null;
  return () => {
    running ??= answersInTime(db).finally(() => {
      running = null;
    });
    return running;
  };
}

async function answersInTime(db: Database): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), READY_WITHIN_S * 1000);
  });
  const asked = db.query('SELECT max(version) FROM schema_migrations', {}, { maxSeconds: READY_WITHIN_S }).then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
