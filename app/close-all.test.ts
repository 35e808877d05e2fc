import { expect, it } from 'vitest';
import { closeAll } from './close-all.ts';

it('closes every part in the opposite order, also when one of them fails', async () => {
  const closed: string[] = [];
  const part = (name: string, error?: Error) => ({
    async close() {
      closed.push(name);
      if (error !== undefined) throw error;
    },
  });
  const stuck = new Error('stuck');
  await expect(closeAll([part('storage'), part('API', stuck), part('collector')])).rejects.toMatchObject({
    errors: [stuck],
  });
  expect(closed).toEqual(['collector', 'API', 'storage']);
  await closeAll([part('storage')]);
});
