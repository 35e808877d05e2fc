// The links of one mail: into Telltale, to the settings of its reader, and out of the mailing. Pure.

export interface MailLinks {
  /** Where people's browsers find Telltale, without a slash at the end. */
  readonly publicUrl: string;
  /** null in the copy that is kept: it belongs to no single reader. */
  readonly unsubscribeUrl: string | null;
  /** Said at the top of a mail that is late: `Sent at 13:02 instead of 08:00.` */
  readonly lateNote: string | null;
}

export const linkTo = ({ publicUrl }: MailLinks, path: string): string => `${publicUrl.replace(/\/+$/, '')}${path}`;

/** The footer of every digest. */
export function footLinks(links: MailLinks): { readonly text: string; readonly url: string }[] {
  return [
    { text: 'Send at another time', url: linkTo(links, '/digests#recipients') },
    { text: 'Settings', url: linkTo(links, '/settings') },
    ...(links.unsubscribeUrl === null ? [] : [{ text: 'Unsubscribe', url: links.unsubscribeUrl }]),
  ];
}
