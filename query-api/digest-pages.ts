// Pages outside the UI that a reader of the mail may meet: the mail itself, shown where it can do nothing, and the way
// out of the mailing. A link is often followed by a scanner, so only a click (or the one-click POST of RFC 8058) ends it.
import express, { type Response, Router } from 'express';
import { z } from 'zod';
import { digestFormSchema, localDateSchema, timeZoneSchema } from '#contracts/digest';
import { DOCUMENTS } from '#contracts/paths';
import { TelltaleError } from '#domain/errors';
import { isUnsubscribeToken, putRecipient, readRecipient } from '#storage/recipients';
import type { DigestDeps } from './digest-deps.ts';
import { findDigest } from './digests.ts';
import { expressPath } from './route.ts';

/** Nothing may run, load, frame it or be sent from it; styles of a mail are inline. Links open in a window of their own. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";
const PAGE_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const mailQuery = z.object({ form: digestFormSchema.default('daily'), timeZone: timeZoneSchema.optional() });
const linkQuery = z.object({ recipient: z.string().min(1).max(100), token: z.string().min(1).max(200) });

/** Mounted before the guard of changes: the POST comes from a mail program, or as a plain form, and carries a token. */
export function unsubscribePage(deps: DigestDeps): Router {
  const router = Router();
  router.get(DOCUMENTS.unsubscribe, async (request, response) => {
    const address = await addressOf(deps, request.query);
    send(
      response,
      address === null
        ? NO_SUCH_LINK
        : page(
            'Unsubscribe',
            `<p>${escapeHtml(address)} gets the digest of Telltale.</p><form method="post"><button>Unsubscribe</button></form>`,
          ),
      address === null ? 404 : 200,
    );
  });
  router.post(
    DOCUMENTS.unsubscribe,
    express.urlencoded({ extended: false, limit: '4kb' }),
    async (request, response) => {
      const address = await addressOf(deps, request.query);
      if (address === null) return send(response, NO_SUCH_LINK, 404);
      await unsubscribe(deps, String(request.query.recipient));
      send(
        response,
        page(
          'Unsubscribed',
          `<p>${escapeHtml(address)} gets no more of these mails.</p><p><a href="/digests#recipients">Settings</a></p>`,
        ),
        200,
      );
    },
  );
  return router;
}

export function mailPage(deps: DigestDeps): Router {
  const router = Router();
  router.get(expressPath(DOCUMENTS.digestMail), async (request, response) => {
    const date = localDateSchema.safeParse(request.params.date);
    const query = mailQuery.safeParse(request.query);
    if (!date.success || !query.success) throw new TelltaleError('bad_request', 'date, form or timeZone is malformed');
    const { form, timeZone = null } = query.data;
    const { html } = await findDigest(deps, { date: date.data, form, timeZone });
    response.set('content-security-policy', MAIL_POLICY).type('text/html').send(html);
  });
  return router;
}

/** Whose link it is, or null. */
async function addressOf({ db, projectId }: DigestDeps, query: unknown): Promise<string | null> {
  const link = linkQuery.safeParse(query);
  if (!link.success) return null;
  const { recipient, token } = link.data;
  if (!(await isUnsubscribeToken(db, projectId, recipient, token))) return null;
  return (await readRecipient(db, projectId, recipient))?.value.address ?? null;
}

async function unsubscribe({ db, projectId, now }: DigestDeps, id: string): Promise<void> {
  const known = await readRecipient(db, projectId, id);
  if (known === null || !known.value.enabled) return;
  const unsubscribedAt = new Date(now()).toISOString();
  await putRecipient(db, projectId, id, { ...known.value, enabled: false, unsubscribedAt }, 'the reader', now());
}

function send(response: Response, html: string, status: number): void {
  response.set({
    'content-security-policy': PAGE_POLICY,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
  response.status(status).type('text/html').send(html);
}

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title} · Telltale</title></head><body><main><h1>${title}</h1>${body}</main></body></html>\n`;

const NO_SUCH_LINK = page(
  'This link is not valid',
  '<p>It may be cut, or its recipient was deleted. Whoever runs this Telltale can end the mails under Digests.</p>',
);

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char] as string);
