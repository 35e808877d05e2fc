// Which channels an alert goes to: one rule for the sender and for the sentences that say so. Pure.
import type { Receives } from '#contracts/channel';
import { CONSOLE_ID } from './channel-ids.ts';

/** What the choice depends on. */
export interface ChannelFacts {
  readonly id: string;
  /** On, and not switched off because its receiver refuses. */
  readonly isOn: boolean;
  readonly receives: Receives;
}

export const takesAlerts = ({ isOn, receives }: ChannelFacts): boolean => isOn && receives !== 'digest';

/**
 * The channels that a rule names and that take alerts; else those that get every alert; else the backups; else the
 * console.
 * @param named ids that the rule names; null when it names none
 */
export function channelsForAlert(channels: readonly ChannelFacts[], named: readonly string[] | null): string[] {
  const able = channels.filter(takesAlerts);
  const chosen = named === null ? [] : able.filter(({ id }) => named.includes(id));
  const others = able.filter(({ id }) => id !== CONSOLE_ID);
  const every = others.filter(({ receives }) => receives === 'alerts');
  const [first = []] = [chosen, every, others].filter(({ length }) => length > 0);
  return first.length > 0 ? first.map(({ id }) => id) : [CONSOLE_ID];
}
