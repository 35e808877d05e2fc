// Answers about mutes and maintenance windows.
import { randomUUID } from 'node:crypto';
import { API } from '#contracts/api';
import { MAINTENANCE, type Maintenance } from '#contracts/maintenance';
import { MUTES } from '#contracts/mute';
import type { MuteList, WindowList } from '#contracts/routes/mutes';
import { TelltaleError } from '#domain/errors';
import { isOpen } from '#domain/incident/maintenance-window';
import type { Database } from '#storage/database';
import { isSet, putSettings, readSettings } from '#storage/settings';
import { type Route, route } from './route.ts';

export interface MuteDeps {
  readonly db: Database;
  readonly projectId: string;
  /** ms since 1970 */
  now(): number;
}

export function muteRoutes({ db, projectId, now }: MuteDeps): Route[] {
  const mutes = async (): Promise<MuteList> => {
    const all = await readSettings(db, projectId, MUTES);
    const holding = all.filter(({ value }) => value.until === null || Date.parse(value.until) > now());
    return { mutes: holding.map(({ id, value }) => ({ id, mute: value })) };
  };
  const view = (id: string, window: Maintenance) => ({ id, window, isOpen: isOpen(window, now()) });
  const windows = async (): Promise<WindowList> => {
    const all = await readSettings(db, projectId, MAINTENANCE);
    return { windows: all.map(({ id, value }) => view(id, value)) };
  };
  const putWindow = async (id: string, window: Maintenance) => {
    await putSettings(db, projectId, [{ of: MAINTENANCE, id, value: window }], window.by, now());
    return view(id, window);
  };
  const findWindow = async (id: string) => {
    if (!(await isSet(db, projectId, MAINTENANCE, id))) {
      throw new TelltaleError('window_not_found', `There is no maintenance window ${id}.`);
    }
  };
  return [
    route(API.listMutes, mutes),
    route(API.liftMute, async ({ id }, { by }) => {
      if (!(await isSet(db, projectId, MUTES, id))) {
        throw new TelltaleError('mute_not_found', `There is no mute ${id}.`);
      }
      await putSettings(db, projectId, [{ of: MUTES, id, value: null }], by, now());
      return mutes();
    }),
    route(API.listMaintenance, windows),
    route(API.createMaintenance, (_params, { by }, draft) => putWindow(randomUUID(), { ...draft, by })),
    route(API.changeMaintenance, async ({ id }, { by }, draft) => {
      await findWindow(id);
      return putWindow(id, { ...draft, by });
    }),
    route(API.deleteMaintenance, async ({ id }, { by }) => {
      await findWindow(id);
      await putSettings(db, projectId, [{ of: MAINTENANCE, id, value: null }], by, now());
      return windows();
    }),
  ];
}
