// The second service of the demo, run as a process of its own: an agent that rates a customer's risk over HTTP.
// Arguments: the OTLP endpoint and the model's address. Reports its own address to its parent, and stops when asked.
import { createServer, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { agent, continueTrace, decide, shutdown, start, step, tool } from '@telltale/sdk';
import { askModel } from './ask-model.ts';
import type { RiskRequest, RiskScore } from './call-risk-api.ts';
import { listen } from './listen.ts';
import type { Band } from './stories.ts';

const [endpoint, modelUrl = ''] = process.argv.slice(2);
start({ service: 'risk-api', version: '1.9.0', environment: 'demo', endpoint });

const server = createServer(async (req, res) => {
  try {
    if (req.url === '/health') return res.writeHead(200).end('{}');
    const request = JSON.parse(await read(req)) as RiskRequest;
    if (request.isDown) return res.writeHead(503).end(`risk model is being loaded (order ${request.order})`);
    const score = await continueTrace(req.headers, () => rate(request));
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(score));
  } catch (error) {
    res.writeHead(500).end(String(error));
  }
});
const listening = await listen(server);
process.send?.({ url: listening.url });

process.once('message', stop);
// The parent is gone: nobody will ask any more.
process.once('disconnect', () => process.exit());

function rate(request: RiskRequest): Promise<RiskScore> {
  const options = { version: '1.9.0', sessionId: request.session, userId: request.customer, input: request };
  return agent('risk-scorer', options, async () => {
    const history = await tool('customer_history', { input: { customer: request.customer } }, async () => {
      await wait(25);
      return { refundsAsked: 6, disputed: 0, customerSince: '2022-08-11' };
    });
    const answer = await askModel(modelUrl, {
      task: 'assess_risk',
      model: 'claude-sonnet-4',
      provider: 'anthropic',
      system: 'You rate the risk of refunds as low, medium or high. Judge the pattern, not the person.',
      user: JSON.stringify({ ...request, history }),
      order: request.order,
      turn: request.turn,
    });
    const score = JSON.parse(answer.text) as RiskScore & { scores: Record<Band, number> };
    await decide(
      'risk_band',
      { input: { request, history }, options: ['low', 'medium', 'high'], threshold: 0.75 },
      () => ({
        choice: score.band,
        confidence: score.confidence,
        confidenceSource: 'self_reported',
        scores: score.scores,
        reasoning: score.note,
        outcome: 'executed',
      }),
    );
    await step('rubric_check', { kind: 'evaluator', input: score.note }, () => ({
      judgesPatternNotPerson: true,
      score: 0.93,
    }));
    return { band: score.band, confidence: score.confidence, note: score.note };
  });
}

async function stop(): Promise<void> {
  await listening.close();
  const delivery = await shutdown();
  process.send?.({ delivery }, () => process.disconnect());
}

async function read(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
