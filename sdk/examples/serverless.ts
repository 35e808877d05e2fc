// A function that is called again and again and frozen in between: it sends its spans at the end of each call, for the
// batch timer would not run.
import { agent, flush, start, step } from '@telltale/sdk';

start({ service: 'refund-function' });

export async function handler(event: { order: number }): Promise<string> {
  try {
    return await agent('refund-function', { input: event }, () =>
      step('look up', () => `order ${event.order} is on its way`),
    );
  } finally {
    const { sent, failed, dropped } = await flush({ timeoutMs: 2_000 });
    console.log(`${sent} sent, ${failed} failed, ${dropped} dropped`);
  }
}

for (const order of [48213, 48214]) console.log(await handler({ order }));
