// Mutes and maintenance windows: incidents are recorded, nothing is sent.
import { z } from 'zod';
import { contract, nothing } from '../contract.ts';
import { maintenanceSchema } from '../maintenance.ts';
import { muteSchema } from '../mute.ts';
import { ENDPOINTS } from '../paths.ts';

const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'letters, digits, _ and -');
const params = z.object({ id: idSchema });
const byQuery = z.strictObject({
  by: z.string().trim().min(1).max(100).default('someone').describe('Who does it, for the history'),
});

const muteViewSchema = z.object({ id: idSchema, mute: muteSchema });
const muteListSchema = z.object({ mutes: z.array(muteViewSchema) });
export type MuteList = z.infer<typeof muteListSchema>;

/** A window as people give it; who and when are added. */
export const maintenanceDraftSchema = maintenanceSchema.omit({ by: true });
export type MaintenanceDraft = z.input<typeof maintenanceDraftSchema>;
const windowViewSchema = z.object({
  id: idSchema,
  window: maintenanceSchema,
  /** Now. */
  isOpen: z.boolean(),
});
const windowListSchema = z.object({ windows: z.array(windowViewSchema) });
export type WindowList = z.infer<typeof windowListSchema>;

export const MUTE_ROUTES = {
  listMutes: contract({
    ...ENDPOINTS.listMutes,
    summary: 'What is muted now; those whose time is over are left out',
    params: nothing,
    query: nothing,
    reply: muteListSchema,
    errors: [],
  }),
  liftMute: contract({
    ...ENDPOINTS.liftMute,
    summary: 'Lifts a mute',
    params,
    query: byQuery,
    reply: muteListSchema,
    errors: ['mute_not_found'],
  }),
  listMaintenance: contract({
    ...ENDPOINTS.listMaintenance,
    summary: 'Maintenance windows, closed and switched off ones too',
    params: nothing,
    query: nothing,
    reply: windowListSchema,
    errors: [],
  }),
  createMaintenance: contract({
    ...ENDPOINTS.createMaintenance,
    summary: 'A new maintenance window',
    params: nothing,
    query: byQuery,
    body: maintenanceDraftSchema,
    reply: windowViewSchema,
    errors: [],
  }),
  changeMaintenance: contract({
    ...ENDPOINTS.changeMaintenance,
    summary: 'Changes a maintenance window, or switches it on or off',
    params,
    query: byQuery,
    body: maintenanceDraftSchema,
    reply: windowViewSchema,
    errors: ['window_not_found'],
  }),
  deleteMaintenance: contract({
    ...ENDPOINTS.deleteMaintenance,
    summary: 'Deletes a maintenance window',
    params,
    query: byQuery,
    reply: windowListSchema,
    errors: ['window_not_found'],
  }),
} as const;
