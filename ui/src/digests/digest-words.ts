// A digest's day in words, and its address.
import { DOCUMENTS } from '#contracts/paths';
import { fillPath } from '../fill-path.ts';
import { hrefOf } from '../route.ts';

interface Named {
  readonly date: string;
  readonly form: 'daily' | 'weekly';
  readonly timeZone: string;
}

/** `Fri 20 Nov 2026`, the same in every zone: the date is a local one already. */
export function digestDay({ date }: Pick<Named, 'date'>): string {
  const day = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return day.format(new Date(`${date}T00:00:00Z`)).replace(',', '');
}

const query = ({ form, timeZone }: Named) => new URLSearchParams({ form, timeZone });

export const digestHref = (digest: Named): string => hrefOf({ page: 'digest', date: digest.date }, query(digest));
/** The mail itself, on a page where it can do nothing. */
export const mailHref = (digest: Named): string =>
  `${fillPath(DOCUMENTS.digestMail, { date: digest.date })}?${query(digest)}`;
