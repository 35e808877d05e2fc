// The shortest useful program: one agent, one decision. Its spans are sent before the process ends.
import { agent, decide, start } from '@telltale/sdk';

start({ service: 'support-api' });
await agent('refund-desk', { sessionId: 's-1' }, async () => {
  const route = await decide(
    'refund_route',
    { input: 'Order 48213 is late', options: ['auto_refund', 'manual_review'], threshold: 0.7 },
    () => ({
      choice: 'auto_refund',
      confidence: 0.82,
      confidenceSource: 'self_reported',
      reasoning: 'Small amount, old customer',
    }),
  );
  console.log(route.choice);
});
