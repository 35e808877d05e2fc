// Tests of the full tier only.
import { it } from 'vitest';
import { IS_FULL_TIER } from './tier.ts';

const nothing = Object.assign(() => undefined, { each: () => () => undefined });

/**
 * `it`, for what tries more of a kind of which the small tier tries one already, or takes longer than a change should
 * wait. In the small tier it registers nothing.
 */
export const itInFull = IS_FULL_TIER ? it : (nothing as unknown as typeof it);
