// The query of a list of patterns, and the list made of all patterns of a time range: filtered, counted, in order,
// page by page. Pure.
import { z } from 'zod';
import { PATTERN_STATUSES } from '#domain/pattern/pattern-status';
import { instant, many, name } from './search.ts';

const text = z.string().min(1).max(500);
export const PATTERN_SORTS = ['lastSeen', 'firstSeen', 'errors', 'runs'] as const;

export const patternQuerySchema = z.strictObject({
  from: instant.optional().describe('Patterns with errors at or after this time; default: 24 hours ago'),
  to: instant.optional().describe('Patterns with errors before this time; default: now'),
  q: text.optional().describe('Text in type, step and message; case is ignored'),
  agent: many(name),
  service: many(name),
  errorType: many(name),
  tool: many(name),
  model: many(name),
  version: many(name),
  status: many(z.enum(PATTERN_STATUSES)),
  assignee: many(z.string().max(100)),
  sort: z.enum(PATTERN_SORTS).default('lastSeen').describe('Highest first'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional().describe('nextCursor of the page before'),
});
export type PatternQuery = z.infer<typeof patternQuerySchema>;
