// DNS rebinding: a web page may point its own name at 127.0.0.1 and read what listens there. It cannot choose the Host
// header, so only names of this machine and the public one are answered: on a loopback address, and wherever a public
// address is set.
import type { RequestHandler } from 'express';
import { TelltaleError } from '#schema/errors';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

const PROBES = new Set(['/healthz', '/readyz', '/metrics']);

/** @param host the address listened on; @param publicUrl an origin people use besides */
export function guardHost(host: string, publicUrl: string | undefined): RequestHandler {
  const allowed = new Set(['localhost', '127.0.0.1', '[::1]']);
  if (LOOPBACK.test(host)) allowed.add(host.includes(':') && !host.startsWith('[') ? `[${host}]` : host.toLowerCase());
  if (publicUrl !== undefined) allowed.add(new URL(publicUrl).hostname);
  const isLoopback = LOOPBACK.test(host);
  return (request, _response, next) => {
    const name = /^(\[[0-9a-f:.]+\]|[^:]+)(?::\d{1,5})?$/i.exec(request.headers.host ?? '')?.[1]?.toLowerCase();
    // Probes ask by address.
    const guarded = isLoopback || (publicUrl !== undefined && !PROBES.has(request.path));
    if (guarded && (name === undefined || !allowed.has(name))) {
      throw new TelltaleError('wrong_host', `this server does not answer for ${JSON.stringify(name ?? '')}`);
    }
    next();
  };
}
