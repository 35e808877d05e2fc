// Writes the digest of a day or week: reads the facts, composes, renders and stores it.
import type { Digest } from '#contracts/digest';
import { isWhole } from '#domain/digest';
import type { StoredDigest } from '#storage/digests';
import { readOpenSetAside, reasonOf, recordSetAside } from '#storage/set-aside';
import { compose } from './compose.ts';
import type { DayFacts, DigestOf } from './day-facts.ts';
import { defangDigest } from './defang-digest.ts';
import { type GatherDeps, gather } from './gather.ts';
import type { MailLinks } from './mail-links.ts';
import { renderHtml } from './render-html.ts';
import { renderText } from './render-text.ts';

/** Some clients cut a mail at 102 kB; encoding adds to what is counted here. */
const HTML_MAX_BYTES = 70_000;
/** How many items a section may have: fewer, when the mail would be too large. */
const LIMITS = [5, 3, 1] as const;

export interface WriteDeps extends GatherDeps {
  /** Where people's browsers find Telltale. */
  readonly publicUrl: () => string;
}

/** What a mail holds; `digest` as it is stored. */
export function renderMail(digest: Digest, links: MailLinks): { html: string; text: string } {
  const inert = defangDigest(digest);
  return { html: renderHtml(inert, links), text: renderText(inert, links) };
}

/**
 * The stored digest; written first when there is none, and anew while its day is not over.
 * @param again write it anew even so: data may have come since
 * @throws StorageError
 */
export async function writeDigest(deps: WriteDeps, of: DigestOf, nowMs: number, again = false): Promise<StoredDigest> {
  const known = again ? null : await deps.digests.read(of);
  if (known !== null && isWhole(known.digest)) return known;
  const facts = await gather(deps, of, nowMs);
  const links = { publicUrl: deps.publicUrl(), unsubscribeUrl: null, lateNote: null };
  let written: StoredDigest | null = null;
  for (const limit of LIMITS) {
    const digest = compose(facts, limit);
    written = { digest, ...renderMail(digest, links) };
    if (Buffer.byteLength(written.html) <= HTML_MAX_BYTES) break;
  }
  if (written === null) throw new Error('there is at least one limit');
  await deps.digests.write(written);
  await recordMissing(deps, of, facts, written.digest, nowMs);
  return written;
}

/** `daily 2026-11-20 UTC`: its key in the queue of digests. */
export const nameOf = ({ form, date, timeZone }: Pick<DigestOf, 'form' | 'date' | 'timeZone'>): string =>
  `${form} ${date} ${timeZone}`;

/** What is left out waits for someone who has it written again; what was left out and is there now is done. */
async function recordMissing(
  { db }: WriteDeps,
  of: DigestOf,
  facts: DayFacts,
  digest: Digest,
  nowMs: number,
): Promise<void> {
  const name = nameOf(of);
  const failed = (digest.missing ?? []).map((part) => {
    const reason = facts.missing.find((one) => one.part === part)?.reason ?? 'It could not be written.';
    return { item: `${name}: ${part}`, reason: `This part is left out of the digest: ${reason}` };
  });
  for (const { traceId, error } of facts.unread)
    failed.push({ item: `${name}: run ${traceId}`, reason: `This run is left out of the digest: ${reasonOf(error)}` });
  const open = await readOpenSetAside(db, of.projectId, 'digest');
  const done = [name, ...[...open.keys()].filter((item) => item.startsWith(`${name}: `))];
  await recordSetAside(db, of.projectId, 'digest', nowMs, { failed, done }, []);
}
