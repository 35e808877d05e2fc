// What the harness and a detector process say to each other (F25).

/** What a tick does: it reads from storage, writes to it, and sends to Slack. */
export const STEPS = ['read', 'write', 'send'] as const;
export type Step = (typeof STEPS)[number];

/** One tick. The process answers with its status, unless it died. */
export interface TickOrder {
  readonly nowMs: number;
  readonly slackIsHanging: boolean;
  /** It dies just before, or just after, its nth step of the kind. */
  readonly dieAt: { readonly step: Step; readonly nth: number; readonly when: 'before' | 'after' } | null;
}
