// Answers about sessions.
import { API } from '#contracts/api';
import { clip } from '#domain/clip';
import { TelltaleError } from '#domain/errors';
import { type Route, route } from './route.ts';
import type { TraceDeps } from './traces.ts';

export function sessionRoutes({ runs, now }: TraceDeps): Route[] {
  return [
    route(API.listSessions, (_params, query) => runs.listSessions(query, now())),
    route(API.getSession, async ({ sessionId }) => {
      const found = await runs.readSession(sessionId, now());
      if (found !== null) return found;
      throw new TelltaleError('session_not_found', `There is no session ${clip(sessionId, 100)}.`);
    }),
  ];
}
