// The status of the process.
import { contract, nothing } from '../contract.ts';
import { ENDPOINTS } from '../paths.ts';
import { statusSchema } from '../status.ts';

export const STATUS_ROUTES = {
  getStatus: contract({
    ...ENDPOINTS.getStatus,
    summary: 'Counters since start and the last detector tick',
    params: nothing,
    query: nothing,
    reply: statusSchema,
    errors: [],
  }),
} as const;
