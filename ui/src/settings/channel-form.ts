// A channel as the form holds it: everything is text. Pure.
import type { ChannelChange, ChannelDraft, Receives } from '#contracts/channel';
import type { ChannelView } from '#contracts/channel-view';

export type FormType = ChannelDraft['type'];

export interface ChannelForm {
  type: FormType;
  name: string;
  enabled: boolean;
  /** Only for a new channel; later it is changed on its own. */
  receives: Receives;
  webhookUrl: string;
  url: string;
  secret: string;
  authorization: string;
  /** Removes an authorization that is set. */
  dropsAuthorization: boolean;
  /** Addresses separated by commas, spaces or line breaks. */
  to: string;
}

export const TYPE_NAMES: Readonly<Record<FormType, string>> = { slack: 'Slack', webhook: 'Webhook', email: 'Email' };

export function emptyForm(type: FormType): ChannelForm {
  const texts = { name: '', webhookUrl: '', url: '', secret: '', authorization: '', to: '' };
  return { type, enabled: true, receives: 'alerts', dropsAuthorization: false, ...texts };
}

/** Secrets are not known to the page and stay empty. */
export function formOf(view: ChannelView): ChannelForm {
  const type = view.type === 'console' ? 'slack' : view.type;
  return { ...emptyForm(type), name: view.name, enabled: view.enabled, to: view.to.join(', ') };
}

const addressesIn = (text: string) => text.split(/[\s,;]+/).filter((part) => part !== '');

/** A new channel. */
export function toDraft({ type, name, enabled, receives, ...form }: ChannelForm): ChannelDraft {
  // The form offers the digest to mail only.
  const alerts = receives === 'digest' ? 'alerts' : receives;
  switch (type) {
    case 'slack':
      return { type, name, enabled, receives: alerts, webhookUrl: form.webhookUrl.trim() };
    case 'webhook': {
      const authorization = form.authorization.trim() === '' ? null : form.authorization.trim();
      return { type, name, enabled, receives: alerts, url: form.url.trim(), secret: form.secret.trim(), authorization };
    }
    case 'email':
      return { type, name, enabled, receives, to: addressesIn(form.to) };
  }
}

/** A change: a secret that was left empty stays as it is. */
export function toChange({ type, name, enabled, ...form }: ChannelForm): ChannelChange {
  const given = <K extends string>(key: K, text: string) =>
    (text.trim() === '' ? {} : { [key]: text.trim() }) as Partial<Record<K, string>>;
  switch (type) {
    case 'slack':
      return { type, name, enabled, ...given('webhookUrl', form.webhookUrl) };
    case 'webhook': {
      const authorization = form.dropsAuthorization
        ? { authorization: null }
        : given('authorization', form.authorization);
      return { type, name, enabled, ...given('url', form.url), ...given('secret', form.secret), ...authorization };
    }
    case 'email':
      return { type, name, enabled, to: addressesIn(form.to) };
  }
}

/** An unguessable signing secret. @param random fills the bytes, for tests */
export function newSecret(
  random: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => crypto.getRandomValues(bytes),
): string {
  const bytes = new Uint8Array(24);
  random(bytes);
  return `whsec_${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** The choices of what a channel receives. */
export const RECEIVES_WORDS: Readonly<Record<Receives, string>> = {
  alerts: 'every alert',
  backup: 'backup only',
  digest: 'digest only',
};

/** Digests are mailed, so only mail can be digest only. */
export const receivesOf = (type: ChannelView['type']): Receives[] =>
  type === 'email' ? ['alerts', 'backup', 'digest'] : ['alerts', 'backup'];
