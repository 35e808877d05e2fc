// What a channel gets, in sentences that hold for the channels and rules of this moment. Each is checked against what is
// really sent (test/channel-sentences.test.ts). Pure.
import type { ChannelView } from '#contracts/channel-view';
import { type ChannelFacts, channelsForAlert } from './channel-choice.ts';
import { CONSOLE_ID } from './channel-ids.ts';

/** A rule that is on. */
export interface RuleFacts {
  readonly name: string;
  /** Ids of channels; null when it names none. */
  readonly named: readonly string[] | null;
  /** Kept for the digest: it sends no alert. */
  readonly isForDigest: boolean;
}

export interface ChannelWorld {
  readonly channels: readonly ChannelView[];
  /** Those that are on. */
  readonly rules: readonly RuleFacts[];
  /** Whether there is a mail server (SMTP_URL). */
  readonly isMailSetUp: boolean;
  /** Mail addresses that get the digest, in small letters. */
  readonly digestReaders: ReadonlySet<string>;
}

/** What the choice of channels depends on. */
export const factsOf = ({ id, enabled, disabledBecause, receives }: ChannelView): ChannelFacts => ({
  id,
  isOn: enabled && disabledBecause === null,
  receives,
});

/** What holds for all channels, one sentence each. */
export function sentencesOfAll({ channels, rules }: ChannelWorld): string[] {
  const able = new Set(channels.filter((view) => factsOf(view).isOn && view.receives !== 'digest').map(({ id }) => id));
  const kept = rules.filter(({ isForDigest }) => isForDigest);
  const lost = alerting(rules).filter(({ named }) => named !== null && !named.some((id) => able.has(id)));
  return [
    'Every channel that is on gets every alert, unless the rule of the alert names channels or the channel is set to get less.',
    'A channel that got an alert also gets its end.',
    'What a channel cannot take goes to another one: at once when its receiver refuses for good, else after four attempts (about seven minutes).',
    ...(kept.length === 0 ? [] : [`Kept for the digest, so without alerts: ${listed(kept)}.`]),
    ...(lost.length === 0
      ? []
      : [`Name no channel that takes alerts, so that theirs go where those of other rules go: ${listed(lost)}.`]),
  ];
}

/** What this channel gets, one sentence each. */
export function sentencesOf(view: ChannelView, world: ChannelWorld): string[] {
  return [...alertSentences(view, world), digestSentence(view, world)];
}

function alertSentences(view: ChannelView, world: ChannelWorld): string[] {
  const { isOn } = factsOf(view);
  if (view.type === 'email' && !world.isMailSetUp) {
    return ['Gets no alert: there is no mail server. Set SMTP_URL and start again.'];
  }
  if (view.disabledBecause !== null) return ['Gets no alert: its receiver refuses. A test that succeeds turns it on.'];
  if (!isOn) return ['Gets no alert: it is off.'];
  if (view.receives === 'digest') return ['Gets no alert, whatever a rule names.'];
  return [...unnamedSentences(view, world), ...namedSentences(view, world)];
}

/** Alerts of rules that name no channel. */
function unnamedSentences({ id, receives }: ChannelView, { channels }: ChannelWorld): string[] {
  const facts = channels.map(factsOf);
  if (receives === 'alerts') return ['Gets every alert, unless its rule names other channels.'];
  const isNext = channelsForAlert(facts, null).includes(id);
  if (id === CONSOLE_ID) {
    return [
      isNext
        ? 'Gets every alert now, because no other channel takes any.'
        : 'Gets an alert only when no other channel takes any.',
      'Gets what waits for a channel when that is switched off or deleted.',
    ];
  }
  return [
    isNext
      ? 'Gets every alert now, because no channel that gets every alert is on.'
      : 'Gets an alert only when no channel that gets every alert is on, or when another channel cannot take it.',
  ];
}

/** Rules that send here because they name it, or elsewhere because they name others. */
function namedSentences({ id, receives }: ChannelView, { channels, rules }: ChannelWorld): string[] {
  const facts = channels.map(factsOf);
  const naming = alerting(rules).filter(({ named }) => named !== null);
  const sendsHere = (rule: RuleFacts) => channelsForAlert(facts, rule.named).includes(id);
  const here = receives === 'alerts' ? [] : naming.filter((rule) => rule.named?.includes(id));
  const elsewhere = receives === 'alerts' ? naming.filter((rule) => !sendsHere(rule)) : [];
  return [
    ...(here.length === 0 ? [] : [`Gets the alerts of rules that name it: ${listed(here)}.`]),
    ...(elsewhere.length === 0 ? [] : [`Gets no alert of rules that name other channels: ${listed(elsewhere)}.`]),
  ];
}

function digestSentence({ type, to }: ChannelView, { digestReaders, isMailSetUp }: ChannelWorld): string {
  if (type !== 'email') return 'Gets no digest: digests are mailed.';
  if (!isMailSetUp) return 'No digest is mailed to its addresses either.';
  const readers = to.filter((address) => digestReaders.has(address.toLowerCase())).length;
  if (to.length === 1) {
    return readers === 1
      ? 'The digest is mailed to its address.'
      : 'The digest is not mailed to its address; add it under Digests.';
  }
  if (readers === to.length) return `The digest is mailed to each of its ${to.length} addresses.`;
  if (readers === 0) return `The digest is mailed to none of its ${to.length} addresses; add them under Digests.`;
  return `The digest is mailed to ${readers} of its ${to.length} addresses; add the others under Digests.`;
}

/** What an upgrade kept of this channel, and what to do; null when it kept nothing. */
export function keptSentence({ id, name, isKept }: Pick<ChannelView, 'id' | 'name' | 'isKept'>): string | null {
  if (!isKept) return null;
  return `${name} still gets an alert only when no other channel can take it, as before the upgrade. Choose what it gets in Settings › Channels (or PUT /api/channels/${id}/receives): every alert, backup as now, or the digest only.`;
}

/** A stored channel that does not read, as when the key of its secrets is gone: what that means, and what to do. */
export const unreadableSentence = (id: string): string =>
  `The stored channel ${id} cannot be read, so it gets nothing. Set TELLTALE_SECRET_KEY_FILE to the key that its secrets were sealed with (secret.key of the data directory) and start again, or delete it (DELETE /api/channels/${id}) and make it anew.`;

const alerting = (rules: readonly RuleFacts[]) => rules.filter(({ isForDigest }) => !isForDigest);

function listed(rules: readonly RuleFacts[]): string {
  const names = rules.map(({ name }) => name);
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}
