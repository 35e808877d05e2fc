// Cross-site requests: a page elsewhere may send a browser here with a form or a fetch. Browsers say where a request
// comes from, so what changes something is taken from pages of this Telltale only, and from programs, which name no
// origin. A JSON body cannot be sent by a plain form at all.
import type { RequestHandler } from 'express';
import { TelltaleError } from '#domain/errors';
import { foreignPage } from '#domain/server-names';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** @param publicUrl an origin that people use besides the address of the request */
export function guardChanges(publicUrl: string | undefined): RequestHandler {
  const known = publicUrl === undefined ? null : new URL(publicUrl).origin;
  return (request, _response, next) => {
    if (READS.has(request.method)) return next();
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      throw new TelltaleError('wrong_origin', `a page of another site (${String(site)}) may not change anything here`);
    }
    const host = request.headers.host?.toLowerCase();
    // The scheme is a proxy's to choose: only host and port must be those of the request.
    const page = foreignPage(request.headers, (from) => from.origin === known || from.host === host);
    if (page !== null) {
      throw new TelltaleError('wrong_origin', `a page of ${JSON.stringify(page)} may not change anything here`);
    }
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
    if (hasBody && !request.is('application/json')) {
      throw new TelltaleError(
        'not_json',
        `the body is ${JSON.stringify(request.headers['content-type'] ?? 'untyped')}`,
      );
    }
    next();
  };
}
