// A decision that asks a person and waits. The person answers by opening a link; until then the run page says whom it
// waits for, and afterwards who answered what.
import { createServer } from 'node:http';
import { type Answer, agent, decide, flush, selfReported, start } from '@telltale/sdk';
import { listen } from './listen.ts';

type Route = 'auto_refund' | 'manual_review';

start({ service: 'support-api' });
let answer: (given: Answer<Route>) => void = () => undefined;
const answered = new Promise<Answer<Route>>((resolve) => {
  answer = resolve;
});
const server = createServer((req, res) => {
  const url = new URL(req.url ?? '/', 'http://localhost');
  const choice = url.searchParams.get('choice');
  const by = 'ana';
  if (choice === 'auto_refund' || choice === 'manual_review')
    answer({ choice, by, reasoning: 'I called the customer.' });
  else answer({ denied: true, by, reasoning: 'This order was refunded already.' });
  res.end('Thank you.\n');
});
const desk = await listen(server);

const result = await agent('refund-desk', { version: '2.15.0', sessionId: 's-48214' }, async (run) => {
  const route = await decide(
    'refund_route',
    {
      input: { order: 48214, amountEur: 240 },
      options: ['auto_refund', 'manual_review'],
      threshold: 0.7,
      belowThreshold: {
        ask: 'ana',
        answer: (context) => {
          console.error(`${context.text}\nAnswer: ${desk.url}/?choice=auto_refund or ${desk.url}/?choice=deny`);
          return answered;
        },
      },
    },
    () => ({ choice: 'auto_refund', confidence: selfReported('55%'), reasoning: 'Late, but above 150 EUR.' }),
  );
  run.setOutput(route.choice ?? 'nothing is paid');
  return { traceId: run.traceId, choice: route.choice, outcome: route.outcome };
});

await desk.close();
await flush();
console.log(JSON.stringify(result));
