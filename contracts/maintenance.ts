// Maintenance windows: times in which incidents are recorded and nothing is sent. In the wall clock of a time zone, so that
// "every night from ten to six" stays that when the clocks change.
import { z } from 'zod';
import { scopeSchema } from './mute.ts';

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day, for example 22:00');
const localMinute = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$/, 'a local time without a zone, for example 2026-11-26T22:00');
const durationMinutes = z.number().int().min(1).max(1440);

const timeZone = z.string().refine(isTimeZone, 'a time zone of the IANA list, for example Europe/Berlin');

export const maintenanceSchema = z.object({
  name: z.string().min(1).max(200),
  enabled: z.boolean().default(true),
  timeZone,
  when: z.discriminatedUnion('repeat', [
    /** `to` is no longer part of it. */
    z
      .object({ repeat: z.literal('once'), from: localMinute, to: localMinute })
      .refine(({ from, to }) => from < to, 'it must end after it begins'),
    z.object({ repeat: z.literal('daily'), at: clock, durationMinutes }),
    /** Days on which it begins: 1 = Monday … 7 = Sunday. */
    z.object({
      repeat: z.literal('weekly'),
      days: z.array(z.number().int().min(1).max(7)).min(1),
      at: clock,
      durationMinutes,
    }),
  ]),
  scope: scopeSchema.default({ kind: 'project' }),
  by: z.string().max(200),
  why: z.string().max(2000),
});
export type Maintenance = z.infer<typeof maintenanceSchema>;
/** Id: any. */
export const MAINTENANCE = { kind: 'maintenance', shape: maintenanceSchema };

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-CA', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
