// What people do about incidents: mute, acknowledge, resolve. Stored as settings, so that each has a log of who did it.
import { z } from 'zod';

const iso = z.iso.datetime();
const who = z.string().max(200);
const words = z.string().max(2000);

export const SCOPE_KINDS = ['pattern', 'agent', 'project'] as const;

/** What a mute or a maintenance window covers. `pattern` is an incident's fingerprint, or its subject if it has none. */
export const scopeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pattern'), fingerprint: z.string().min(1).max(200) }),
  z.object({ kind: z.literal('agent'), agent: z.string().min(1).max(500) }),
  z.object({ kind: z.literal('project') }),
]);
export type Scope = z.infer<typeof scopeSchema>;

export const muteSchema = z.object({
  scope: scopeSchema,
  /** null = until it is lifted. */
  until: iso.nullable().default(null),
  /**
   * Ends the mute early: the errors in the window are `times` as many as `count`, or a version fails that is not among
   * `versions`. `count` and `versions` are those of the incident when it was muted.
   */
  unless: z
    .object({
      times: z.number().min(2).max(1000).nullable().default(10),
      count: z.number().min(0).default(0),
      newVersion: z.boolean().default(true),
      versions: z.array(z.string()).max(1000).default([]),
    })
    .nullable()
    .default(null),
  by: who,
  why: words,
  at: iso,
});
export type Mute = z.infer<typeof muteSchema>;
/** Id: any. */
export const MUTES = { kind: 'mute', shape: muteSchema };

const actSchema = z.object({ by: who, note: words.default(''), at: iso });
/** Id: the incident's. Nothing more is sent until it ends. */
export const ACKS = { kind: 'ack', shape: actSchema };
/** Id: the incident's. It ends at `at`; errors after that begin a new one. */
export const RESOLVES = { kind: 'resolve', shape: actSchema };
