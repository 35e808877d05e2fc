import { expect, it } from 'vitest';
import { CHANNEL_RECEIVES, CHANNELS, type Receives } from '#contracts/channel';
import { channelRecipientId, putRecipient, readRecipients } from '#storage/recipients';
import { putSettings } from '#storage/settings';
import { useDigestWorld } from '../../test/support/digest-world.ts';

const world = useDigestWorld();
const DAY = 24 * 3_600_000;
const setChannel = (receives: Receives, to: string[]) =>
  putSettings(
    world.db,
    world.projectId,
    [
      { of: CHANNELS, id: 'ch-1', value: { type: 'email', name: 'Readers', to } },
      { of: CHANNEL_RECEIVES, id: 'ch-1', value: { receives } },
    ],
    'test',
    world.clock.now(),
  );
const mailed = () => world.smtp.mails.flatMap(({ envelope }) => envelope.to).sort();
const nextDay = async () => {
  world.clock.advance(DAY);
  await world.start().tick();
};

it('each address of a mail channel that is digest only gets the digest, once, for as long as it is so', async () => {
  const own = { projects: [], timeZone: 'UTC', at: '08:00', weekday: 1, enabled: true };
  const since = new Date(world.clock.now()).toISOString();
  const recipient = { ...own, form: 'daily' as const, address: 'own@example.org', unsubscribedAt: null, since };
  await putRecipient(world.db, world.projectId, 'own', recipient, 'test', world.clock.now());
  // One is in the environment too, one a recipient of its own: both get one mail.
  await setChannel('digest', ['new@example.org', 'Ines@example.org', 'own@example.org']);
  await world.start().tick();
  await nextDay();
  expect(mailed()).toEqual(['ines@example.org', 'new@example.org', 'own@example.org']);

  // What the reader ended stays ended, also when the channel is saved again.
  const id = channelRecipientId('new@example.org');
  const { settings } = await readRecipients(world.db, world.projectId);
  const reader = settings.find((one) => one.id === id)?.value;
  if (reader === undefined) throw new Error('the address has no recipient');
  await putRecipient(
    world.db,
    world.projectId,
    id,
    { ...reader, enabled: false, unsubscribedAt: since },
    'the reader',
    1,
  );
  await setChannel('digest', ['new@example.org', 'other@example.org']);
  await world.start().tick();
  await nextDay();
  expect(mailed().slice(-2)).toEqual(['own@example.org', 'own@example.org']);
  expect(mailed().filter((address) => address === 'new@example.org')).toHaveLength(1);
  expect(mailed()).toContain('other@example.org');

  await setChannel('alerts', ['other@example.org']);
  await nextDay();
  expect(mailed().filter((address) => address === 'other@example.org')).toHaveLength(1);
});
