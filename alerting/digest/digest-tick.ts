// One pass of digests: write those due, enqueue a mail per recipient, send what is pending. Each step is stored before
// the next begins, and each outcome before the next mail: a crash repeats at most one mail, under the same Message-ID.
import type { Delivery } from '#contracts/delivery';
import type { DigestForm } from '#contracts/digest';
import { localTime } from '#domain/local-time';
import { appendJournal, type UnreadableRow } from '#storage/journal';
import { readDeliveries } from '#storage/read-deliveries';
import { readRecipient, unsubscribeToken } from '#storage/recipients';
import { probeStorage, readOpenSetAside, reasonOf, recordSetAside } from '#storage/set-aside';
import { settle } from '../deliver/settle.ts';
import { type MailSender, toMail } from './digest-mail.ts';
import { DIGEST_PREFIX, digestDelivery, readPayload, subjectOf } from './digest-outbox-entry.ts';
import { datesToWrite, newestDue, type Plan } from './due.ts';
import { currentRecipients, type DigestDefaults } from './recipients.ts';
import { nameOf, type WriteDeps, writeDigest } from './write-digest.ts';

/** Longer than any message is tried, and than the time between two weekly ones. */
const OUTBOX_REACH_MS = 40 * 24 * 3_600_000;

/** So often a digest waits for a storage that is too busy for one of its parts; then it is written without. */
const PATIENT_TRIES = 2;

export interface DigestTickDeps extends WriteDeps {
  readonly projectId: string;
  readonly defaults: DigestDefaults;
  /** null without SMTP_URL: digests are written and shown, no mail is enqueued. */
  readonly mailer: MailSender | null;
  readonly now: () => number;
  /** A mail that will not be tried again. */
  readonly onFailed: (delivery: Delivery) => void;
  readonly isStopping: () => boolean;
}

export interface DigestReport {
  /** Subjects of the digests that were written, and of the mails. */
  readonly written: readonly string[];
  readonly sent: number;
  readonly failed: number;
}

export function createDigestTick(deps: DigestTickDeps): () => Promise<DigestReport> {
  const { db, projectId, now } = deps;
  // Outcomes that could not be recorded yet: recorded first thing next time, without sending again.
  const unsaved = new Map<string, Delivery>();
  const save = async (delivery: Delivery) => {
    unsaved.set(delivery.idem, delivery);
    await appendJournal(db, projectId, now(), [{ kind: 'delivery', delivery }]);
    unsaved.delete(delivery.idem);
  };

  /** @throws StorageError; what was not done is done by the next tick */
  return async () => {
    for (const delivery of [...unsaved.values()]) await save(delivery);
    const nowMs = now();
    const recipients = await currentRecipients(db, projectId, deps.defaults, nowMs);
    const { deliveries, unreadable } = await readDeliveries(db, projectId, DIGEST_PREFIX, nowMs - OUTBOX_REACH_MS);
    const known = new Map(deliveries.map((one) => [one.subject, one]));
    // Whether such a mail went out is not known: enqueueing it anew might send it twice.
    const unclear = new Set(unreadable.map(({ subject }) => subject));
    await recordUnreadable(deps, unreadable, nowMs);
    const projectPlan: Plan = { form: 'daily', weekday: 1, ...deps.defaults };
    const written = await writeDue(deps, [projectPlan, ...recipients.map(({ value }) => value)], nowMs);
    const enqueued: Delivery[] = [];
    for (const { id, value } of deps.mailer === null ? [] : recipients) {
      const { date, dueAtMs } = newestDue(value, nowMs);
      if (dueAtMs <= Date.parse(value.since) || known.has(subjectOf(date, id, value.form))) continue;
      const { form, timeZone, at } = value;
      const what = { recipientId: id, date, form, timeZone, wantedAtMs: dueAtMs, wantedClock: at };
      const delivery = digestDelivery(projectId, what, nowMs);
      if (!unclear.has(delivery.idem)) enqueued.push(delivery);
    }
    await appendJournal(
      db,
      projectId,
      nowMs,
      enqueued.map((delivery) => ({ kind: 'delivery', delivery })),
    );
    const pending = [...known.values()].filter(({ status, idem }) => status === 'owed' && !unsaved.has(idem));
    return { written, ...(await sendPending(deps, [...pending, ...enqueued], save)) };
  };
}

const MAIL = 'mail ';

/** Mails whose state cannot be read are named while it is so. */
async function recordUnreadable(
  { db, projectId }: DigestTickDeps,
  rows: readonly UnreadableRow[],
  nowMs: number,
): Promise<void> {
  const before = await readOpenSetAside(db, projectId, 'digest');
  const failed = rows
    .map(({ subject, error }) => ({
      item: `${MAIL}${subject}`,
      reason: `This mail cannot be read: ${reasonOf(error)}`,
    }))
    .filter(({ item }) => !before.has(item));
  const now = new Set(rows.map(({ subject }) => `${MAIL}${subject}`));
  const done = [...before.keys()].filter((item) => item.startsWith(MAIL) && !now.has(item));
  await recordSetAside(db, projectId, 'digest', nowMs, { failed, done }, []);
}

/** Writes, for every form and zone in use, what is due and was missed. */
async function writeDue(deps: DigestTickDeps, plans: readonly Plan[], nowMs: number): Promise<string[]> {
  const { db, projectId, digests } = deps;
  const firstMs = await digests.readFirstRunMs();
  const newest = new Map<string, { form: DigestForm; timeZone: string; date: string }>();
  for (const plan of plans) {
    const { form, timeZone } = plan;
    const { date } = newestDue(plan, nowMs);
    const key = JSON.stringify([form, timeZone, form === 'weekly' ? plan.weekday : 0]);
    if (date > (newest.get(key)?.date ?? '')) newest.set(key, { form, timeZone, date });
  }
  const written: string[] = [];
  const aside = await readOpenSetAside(db, projectId, 'digest');
  for (const { form, timeZone, date: last } of newest.values()) {
    const first = firstMs === null ? null : localTime(firstMs, timeZone).date;
    const before = await digests.readLastDate({ form, timeZone });
    // One that failed may be due as well: one try each.
    const dates = new Set([...missed(aside.keys(), form, timeZone), ...datesToWrite(form, last, before, first)]);
    for (const date of dates) {
      if (deps.isStopping()) return written;
      const of = { projectId, date, form, timeZone };
      if ((aside.get(nameOf(of))?.retryAtMs ?? (aside.has(nameOf(of)) ? Infinity : 0)) > nowMs) continue;
      try {
        const isPatient = (aside.get(nameOf(of))?.tries ?? 0) < PATIENT_TRIES;
        await writeDigest({ ...deps, isPatient }, of, nowMs);
        written.push(nameOf(of));
      } catch (error) {
        // A storage that does not answer writes no other digest either.
        await probeStorage(db);
        const reason = `This digest cannot be written: ${reasonOf(error)}`;
        await recordSetAside(db, projectId, 'digest', nowMs, { failed: [{ item: nameOf(of), reason }] });
      }
    }
  }
  return written;
}

/** Dates of digests that failed while newer ones were written. */
function missed(items: Iterable<string>, form: DigestForm, timeZone: string): string[] {
  return [...items].flatMap((item) => {
    const [name, date = '', zone] = item.split(' ');
    return name === form && zone === timeZone ? [date] : [];
  });
}

async function sendPending(
  deps: DigestTickDeps,
  pending: readonly Delivery[],
  save: (delivery: Delivery) => Promise<void>,
): Promise<{ sent: number; failed: number }> {
  const { mailer, now } = deps;
  let [sent, failed, unanswered] = [0, 0, 0];
  if (mailer === null) return { sent, failed };
  for (const delivery of pending) {
    if (deps.isStopping()) break;
    if (delivery.dueAtMs > now()) continue;
    const settled = await sendOne(deps, mailer, delivery).catch(async (error: unknown) => {
      await probeStorage(deps.db);
      const reason = `The mail cannot be written: ${reasonOf(error)}`;
      return settle(delivery, { kind: 'retry', afterMs: null, mayHaveArrived: false, reason }, now());
    });
    await save(settled);
    if (settled.status === 'sent') sent++;
    if (settled.status === 'failed') {
      failed++;
      deps.onFailed(settled);
    }
    // The server asked for time, or did not answer twice: the others would fare the same. Once may be about this reader.
    unanswered = settled.status === 'owed' ? unanswered + 1 : 0;
    if (settled.channelHeldUntilMs !== null || unanswered === 2) break;
  }
  return { sent, failed };
}

async function sendOne(deps: DigestTickDeps, mailer: MailSender, delivery: Delivery): Promise<Delivery> {
  const { db, projectId, now } = deps;
  const { recipientId, date, form, timeZone, wantedAtMs, wantedClock } = readPayload(delivery);
  const recipient = await readRecipient(db, projectId, recipientId);
  if (recipient === null || !recipient.value.enabled) {
    const why = recipient?.value.unsubscribedAt
      ? 'The reader unsubscribed.'
      : 'The recipient was turned off or deleted.';
    return { ...delivery, status: 'dropped', lastError: why };
  }
  const { digest } = await writeDigest(deps, { projectId, date, form, timeZone }, now());
  const token = await unsubscribeToken(db, projectId, recipientId, now());
  const publicUrl = deps.publicUrl().replace(/\/+$/, '');
  const query = new URLSearchParams({ recipient: recipientId, token });
  const mail = toMail(
    digest,
    {
      address: recipient.value.address,
      publicUrl,
      unsubscribeUrl: `${publicUrl}/api/unsubscribe?${query}`,
      messageId: delivery.messageId ?? delivery.idem,
      wanted: { atMs: wantedAtMs, clock: wantedClock },
    },
    now(),
  );
  return settle(delivery, await mailer.sendMail(mail), now());
}
