// What is being skipped, and why.
import { contract, nothing } from '../contract.ts';
import { ENDPOINTS } from '../paths.ts';
import { skippedQuerySchema, skippedSchema } from '../skipped.ts';

export const SKIPPED_ROUTES = {
  getSkipped: contract({
    ...ENDPOINTS.getSkipped,
    summary: 'What was not stored, set aside or cut in a period, by reason and sender, and what to do about it',
    params: nothing,
    query: skippedQuerySchema,
    reply: skippedSchema,
    errors: [],
  }),
} as const;
