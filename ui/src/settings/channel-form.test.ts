import { expect, it } from 'vitest';
import { channelChangeSchema, channelDraftSchema } from '#contracts/channel';
import { emptyForm, formOf, newSecret, toChange, toDraft } from './channel-form.ts';

const filled = {
  name: 'Ops',
  webhookUrl: ' https://hooks.slack.com/services/T/B/x ',
  url: 'https://hooks.example.com/x',
  secret: 'signing-secret-0123',
  authorization: 'Bearer x',
  to: 'a@acme.example, b@acme.example;\nc@acme.example',
};

it.each(['slack', 'webhook', 'email'] as const)('a filled form is a channel the API accepts: %s', (type) => {
  const draft = toDraft({ ...emptyForm(type), ...filled });
  expect(channelDraftSchema.safeParse(draft).error).toBeUndefined();
  if (draft.type === 'email') expect(draft.to).toEqual(['a@acme.example', 'b@acme.example', 'c@acme.example']);
});

it.each(['slack', 'webhook', 'email'] as const)('a change names only the secrets that were filled in: %s', (type) => {
  const untouched = toChange({ ...emptyForm(type), name: 'Ops', to: 'a@acme.example' });
  expect(channelChangeSchema.safeParse(untouched).error).toBeUndefined();
  expect(Object.keys(untouched).sort()).toEqual(
    type === 'email' ? ['enabled', 'name', 'to', 'type'] : ['enabled', 'name', 'type'],
  );
});

it('an authorization is removed only on request', () => {
  expect(toChange({ ...emptyForm('webhook'), ...filled, dropsAuthorization: true })).toMatchObject({
    authorization: null,
  });
  expect(toChange({ ...emptyForm('webhook'), name: 'x' })).not.toHaveProperty('authorization');
});

it('a form of a channel holds its public fields', () => {
  const view = {
    id: 'ch-1',
    type: 'email' as const,
    name: 'Ops',
    enabled: false,
    disabledBecause: null,
    disabledAt: null,
    setting: null,
    isReadOnly: false,
    target: 'a@acme.example',
    to: ['a@acme.example', 'b@acme.example'],
    secrets: [],
    changedAt: null,
    receives: 'alerts' as const,
    isKept: false,
  };
  expect(toChange(formOf(view))).toEqual({ type: 'email', name: 'Ops', enabled: false, to: view.to });
});

it('a new signing secret is long enough and made of the random bytes', () => {
  expect(newSecret((bytes) => bytes.fill(171))).toBe(`whsec_${'ab'.repeat(24)}`);
  expect(newSecret()).not.toBe(newSecret());
});
