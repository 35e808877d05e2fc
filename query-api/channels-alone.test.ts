import { expect, it } from 'vitest';
import { startTestApi } from '../test/support/query-api.ts';

it('a query API without alerting sends no test message, and says who does', async () => {
  const api = await startTestApi({ sendTest: null });
  try {
    const response = await fetch(`${api.url}/api/channels/console/test`, { method: 'POST' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      error: { code: 'alerting_elsewhere', hint: expect.stringContaining('telltale up') },
    });
    expect((await api.get('/api/channels')).status).toBe(200);
  } finally {
    await api.close();
  }
});
