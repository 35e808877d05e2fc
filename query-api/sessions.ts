// Answers about sessions.
import { API } from '#contracts/api';
import { clip } from '#domain/clip';
import { TelltaleError } from '#domain/errors';
import { readSession, readSessions } from '#storage/read-sessions';
import { type Route, route } from './route.ts';
import type { TraceDeps } from './traces.ts';

export function sessionRoutes({ db, projectId, now }: TraceDeps): Route[] {
  return [
    route(API.listSessions, (_params, query) => readSessions(db, projectId, query, now())),
    route(API.getSession, async ({ sessionId }) => {
      const found = await readSession(db, projectId, sessionId, now());
      if (found !== null) return found;
      throw new TelltaleError('session_not_found', `There is no session ${clip(sessionId, 100)}.`);
    }),
  ];
}
