// Error patterns: the list, one in detail, and what people do about them.
import { z } from 'zod';
import { contract } from '../contract.ts';
import { ENDPOINTS } from '../paths.ts';
import { patternDetailSchema, patternPageSchema } from '../pattern.ts';
import { fingerprintSchema, personSchema } from '../pattern-notes.ts';
import { patternQuerySchema } from '../pattern-query.ts';
import { instant } from '../search.ts';

const params = z.object({ fingerprint: fingerprintSchema });
const byQuery = z.strictObject({ by: personSchema.default('someone').describe('Who changes it, for the history') });
const others = z.strictObject({ fingerprints: z.array(fingerprintSchema).min(1).max(100) });
const reply = z.object({
  /** The pattern to show afterwards. */
  fingerprint: z.string(),
});
const note = z.string().trim().max(4000).default('');

export const PATTERN_ROUTES = {
  listPatterns: contract({
    ...ENDPOINTS.listPatterns,
    summary: 'Errors that are the same error, with how often, since when and whom they affect',
    params: z.object({}),
    query: patternQuerySchema,
    reply: patternPageSchema,
    errors: [],
  }),
  getPattern: contract({
    ...ENDPOINTS.getPattern,
    summary:
      'One pattern: trend, examples, what failing runs share, incidents, notes; of a merged one, what it counts as',
    params,
    query: z.strictObject({
      from: instant.optional().describe('Default: 24 hours before `to`, or before its last error if that is earlier'),
      to: instant.optional().describe('Default: now'),
    }),
    reply: patternDetailSchema,
    errors: ['pattern_not_found'],
  }),
  resolvePattern: contract({
    ...ENDPOINTS.resolvePattern,
    summary: 'Resolves it: it is regressed when it comes again a day later or in a newer version',
    params,
    query: byQuery,
    body: z.strictObject({ note }),
    reply,
    errors: ['pattern_not_found'],
  }),
  reopenPattern: contract({
    ...ENDPOINTS.reopenPattern,
    summary: 'Takes the resolution back',
    params,
    query: byQuery,
    body: z.strictObject({ note }),
    reply,
    errors: ['pattern_not_found'],
  }),
  assignPattern: contract({
    ...ENDPOINTS.assignPattern,
    summary: 'Assigns it to someone; null for nobody',
    params,
    query: byQuery,
    body: z.strictObject({ assignee: personSchema.nullable() }),
    reply,
    errors: ['pattern_not_found'],
  }),
  notePattern: contract({
    ...ENDPOINTS.notePattern,
    summary: 'Appends a note',
    params,
    query: byQuery,
    body: z.strictObject({ text: z.string().trim().min(1).max(4000) }),
    reply,
    errors: ['pattern_not_found'],
  }),
  mutePattern: contract({
    ...ENDPOINTS.mutePattern,
    summary: 'Mutes it for a while: nothing is sent, it is still counted',
    params,
    query: byQuery,
    body: z.strictObject({
      minutes: z.number().int().min(1).max(525_600).nullable().describe('null: until it is lifted'),
      why: z.string().trim().max(2000).default(''),
    }),
    reply,
    errors: ['pattern_not_found'],
  }),
  unmutePattern: contract({
    ...ENDPOINTS.unmutePattern,
    summary: 'Lifts the mutes of this pattern; those of its agent or of the project stay',
    params,
    query: byQuery,
    reply,
    errors: ['pattern_not_found'],
  }),
  ackPattern: contract({
    ...ENDPOINTS.ackPattern,
    summary: 'Acknowledges its open incidents: nothing more is sent until they end',
    params,
    query: byQuery,
    body: z.strictObject({ note }),
    reply,
    errors: ['pattern_not_found'],
  }),
  mergePatterns: contract({
    ...ENDPOINTS.mergePatterns,
    summary: 'Counts other patterns as this one from now on, their past too; /split takes it back',
    params,
    query: byQuery,
    body: others,
    reply,
    errors: ['pattern_not_found'],
  }),
  splitPattern: contract({
    ...ENDPOINTS.splitPattern,
    summary: 'Takes merged patterns out again: each is its own, with its old fingerprint',
    params,
    query: byQuery,
    body: others,
    reply,
    errors: ['pattern_not_found'],
  }),
  dismissPatternSuggestion: contract({
    ...ENDPOINTS.dismissPatternSuggestion,
    summary: 'Dismisses the suggestion to merge these patterns: it is not made again',
    params,
    query: byQuery,
    body: others,
    reply,
    errors: ['pattern_not_found'],
  }),
} as const;
