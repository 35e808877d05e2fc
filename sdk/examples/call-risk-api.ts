// Calls the risk service from the support agent: over HTTP, in the same trace; without an answer it assumes medium risk.
import { connect, type Service } from '@telltale/sdk';
import { z } from 'zod';
import type { Visit } from './ask-as-desk.ts';

export interface RiskRequest {
  order: number;
  turn: number;
  customer: string;
  session: string;
  amountEur: number;
  /** For the demo: the service answers 503. */
  isDown?: boolean | undefined;
}

const SCORE = z.object({ band: z.enum(['low', 'medium', 'high']), confidence: z.number(), note: z.string() });
export type RiskScore = z.infer<typeof SCORE>;

const ASSUMED: RiskScore = { band: 'medium', confidence: 0.5, note: 'No answer from risk-api; medium is assumed.' };

/** The refund desk can do without it, less well. */
export function connectRisk(baseUrl: string): Service<RiskScore> {
  return connect('risk', {
    baseUrl,
    version: '1.9.0',
    schema: SCORE,
    critical: false,
    retry: { maxAttempts: 2, initialDelayMs: 50 },
    // Scoring changes nothing, so a repeated call is harmless.
    isRepeatable: true,
    circuit: { failures: 10 },
    health: ({ fetch }) => fetch('/health'),
  });
}

export async function scoreRisk(risk: Service<RiskScore>, { story, turn }: Visit): Promise<RiskScore> {
  const request: RiskRequest = {
    order: story.order,
    turn,
    customer: story.customer,
    session: story.session,
    amountEur: story.amountEur,
    isDown: story.riskDown,
  };
  const options = { kind: 'handoff' as const, input: request, fallback: ASSUMED };
  const { value } = await risk.call('score', options, ({ json }) =>
    json('/score', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    }),
  );
  return value ?? ASSUMED;
}
