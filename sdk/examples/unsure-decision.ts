// A decision whose confidence comes from the model's own token probabilities. Below the threshold it goes to a person,
// who gets all that is needed to decide.
import { agent, decide, flush, optionConfidenceFromLogprobs, start } from '@telltale/sdk';
import { startFakeModel } from './fake-model.ts';

start({ service: 'support-api' });
const probabilities = { auto_refund: 0.52, manual_review: 0.41, deny: 0.05 };
const model = await startFakeModel(
  () => ({ text: 'auto_refund', probabilities }),
  () => 0,
);

const body = JSON.stringify({
  model: 'gpt-4.1-mini',
  messages: [{ role: 'user', content: 'Order 48213, 129 EUR, nine days late: auto_refund, manual_review or deny?' }],
  logprobs: true,
  top_logprobs: 5,
});

const traceId = await agent('refund-desk', { version: '2.15.0', sessionId: 's-48213' }, async (run) => {
  const options = ['auto_refund', 'manual_review', 'deny'] as const;
  const route = await decide(
    'refund_route',
    {
      input: { order: 48213, amountEur: 129 },
      options,
      threshold: 0.7,
      belowThreshold: {
        escalateTo: 'refund-review',
        targetType: 'queue',
        asked: 'Choose how order 48213 is refunded.',
        notify: (context) => console.error(context.text),
      },
    },
    async () => {
      const response = await fetch(`${model.url}/v1/chat/completions`, { method: 'POST', body });
      const confidence = optionConfidenceFromLogprobs(await response.json(), options);
      return {
        choice: confidence.choice ?? 'manual_review',
        confidence,
        scores: confidence.scores,
        reasoning: 'The parcel came late, but the customer kept the goods.',
      };
    },
  );
  if (route.choice === null) run.setOutput('A colleague looks at this order today.');
  return run.traceId;
});

await model.close();
await flush();
console.log(traceId);
