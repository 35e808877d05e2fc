// How the support agent asks the risk service: an HTTP call that carries the trace along.
import { propagationHeaders, step } from '@telltale/sdk';
import type { Visit } from './ask-as-desk.ts';
import type { Band } from './stories.ts';

export interface RiskRequest {
  order: number;
  turn: number;
  customer: string;
  session: string;
  amountEur: number;
}

export interface RiskScore {
  band: Band;
  confidence: number;
  note: string;
}

export function scoreRisk(riskUrl: string, { story, turn }: Visit): Promise<RiskScore> {
  const request: RiskRequest = {
    order: story.order,
    turn,
    customer: story.customer,
    session: story.session,
    amountEur: story.amountEur,
  };
  return step('ask_risk_scorer', { kind: 'handoff', input: request }, async () => {
    const response = await fetch(`${riskUrl}/score`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...propagationHeaders() },
      body: JSON.stringify(request),
    });
    if (!response.ok) throw new Error(`risk-api answered ${response.status}`);
    return (await response.json()) as RiskScore;
  });
}
