// What a form about a recipient holds.
import type { ListedRecipient } from '#contracts/digest';
import type { DigestList } from '#contracts/routes/digests';

export type Editable = Pick<
  ListedRecipient,
  'address' | 'projects' | 'form' | 'timeZone' | 'at' | 'weekday' | 'enabled'
>;

/** The fields of a recipient that can be changed. */
export function editableOf(recipient: Editable): Editable {
  const { address, projects, form, timeZone, at, weekday, enabled } = recipient;
  return { address, projects, form, timeZone, at, weekday, enabled };
}

/** An empty one, in the reader's own zone where the browser knows it. */
export function newRecipient({ timeZone, at }: DigestList['mail']): ListedRecipient {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone || timeZone;
  return {
    id: '',
    address: '',
    projects: [],
    form: 'daily',
    timeZone: own,
    at,
    weekday: 1,
    enabled: true,
    unsubscribedAt: null,
    since: '',
    isFromEnvironment: false,
    isFromChannel: false,
    last: null,
  };
}

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** `daily at 08:00, Europe/Paris` */
export function whenInWords({ form, at, weekday, timeZone }: Editable): string {
  return `${form === 'daily' ? 'daily' : `${WEEKDAYS[weekday - 1] ?? ''}s`} at ${at}, ${timeZone}`;
}

/** What became of the newest mail. */
export function lastInWords({ last }: ListedRecipient): string {
  if (last === null) return 'no mail yet';
  const of = `digest of ${last.date}`;
  if (last.status === 'sent') return `${of} sent`;
  if (last.status === 'owed') return `${of} pending${last.attempts > 0 ? `, tried ${last.attempts} times` : ''}`;
  return `${of} ${last.status === 'dropped' ? 'not sent' : 'failed'}`;
}
