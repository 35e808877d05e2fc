// What people say of error patterns: kinds of settings (storage/settings.ts), and which patterns they made one.
import { z } from 'zod';

export const fingerprintSchema = z.string().regex(/^[0-9a-f]{8,64}$/, 'a fingerprint is 8 to 64 hex digits');
/** Who does something, in their own words: there is no login yet. */
export const personSchema = z.string().trim().min(1).max(100);

/** The setting of a pattern: who is assigned, and whether someone resolved it. `id` is the fingerprint. */
export const PATTERN_NOTES = {
  kind: 'pattern',
  shape: z.object({
    assignee: personSchema.nullable(),
    resolved: z
      .object({
        /** ISO 8601, UTC. */
        at: z.string(),
        by: personSchema,
        /** The versions that had failed so up to then: an error in a later one is a regression. */
        versions: z.array(z.string()).max(1000),
      })
      .nullable(),
  }),
} as const;
export type PatternNotes = z.output<typeof PATTERN_NOTES.shape>;

/** One note each, so that two people who write at once lose nothing. `id` is `fingerprint/number`. */
export const PATTERN_REMARKS = {
  kind: 'pattern-remark',
  shape: z.object({ fingerprint: fingerprintSchema, text: z.string().trim().min(1).max(4000) }),
} as const;

/** `id` is a fingerprint that counts as another one. Taking the two apart deletes the setting. */
export const ALIASES = { kind: 'alias', shape: z.object({ of: fingerprintSchema }) } as const;

/** Patterns of which someone said that they are not the same. `id` is made of all of them. */
export const PATTERN_DISMISSALS = {
  kind: 'pattern-dismissal',
  shape: z.object({ fingerprints: z.array(fingerprintSchema).min(2).max(100) }),
} as const;
