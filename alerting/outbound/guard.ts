// Addresses that users enter in the UI or the API may lead only to the public internet: otherwise whoever reaches
// Telltale could make it call what only this machine reaches (server-side request forgery). They are checked when they
// are saved, and again at each connection, because a name may lead elsewhere by then. Addresses in the environment are
// set by the operator and are not checked here.
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { allowedOf, isPublicAddress } from './addresses.ts';

/** All addresses of a name, as `dns.lookup` with `all` gives them. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface OutboundGuardOptions {
  /** TELLTALE_OUTBOUND_ALLOW: hosts and networks that may be called all the same, over http too. */
  readonly allow: readonly string[];
  /** For tests. Default: the system's resolver. */
  readonly resolve?: Resolve;
}

export interface OutboundGuard {
  /**
   * What is wrong with an address that a user wants to save, and what to do; null when nothing is. A name that is not
   * known yet is let through: the connection asks again.
   */
  check(address: string): Promise<string | null>;
  /** The same without asking for names: what a caller must know before it connects. */
  checkForm(address: string): string | null;
  /** For `http.request`: gives no address that may not be called. */
  readonly lookup: LookupFunction;
}

const REMEDY = 'An operator can allow it with TELLTALE_OUTBOUND_ALLOW.';
/** The code of the error that `lookup` gives for an address that may not be called. */
export const BLOCKED = 'EBLOCKED';

export function createOutboundGuard({ allow, resolve = systemLookup }: OutboundGuardOptions): OutboundGuard {
  const allowed = allowedOf(allow);
  const mayCall = (host: string, ip: string) => allowed.host(host) || allowed.address(ip) || isPublicAddress(ip);

  const checkForm = (address: string): string | null => {
    if (!URL.canParse(address)) return 'It is no address: write it as https://host/path.';
    const url = new URL(address);
    const host = hostOf(url);
    const isHttp = url.protocol === 'http:' && allowed.host(host);
    if (url.protocol !== 'https:' && !isHttp) return `It must start with https://. ${REMEDY}`;
    if (url.username !== '' || url.password !== '') return 'It must hold no user and no password.';
    if (allowed.host(host)) return null;
    const isLocalName = host === 'localhost' || host.endsWith('.localhost');
    if (host === '' || isLocalName || (isIP(host) !== 0 && !mayCall(host, host))) {
      return `${host} is not on the public internet. ${REMEDY}`;
    }
    return null;
  };

  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const first = addresses[0];
      if (first === undefined || addresses.some(({ address }) => !mayCall(plainHost(hostname), address))) {
        return callback(
          Object.assign(new Error('The name leads to an address that may not be called.'), { code: BLOCKED }),
          [],
        );
      }
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };

  return {
    checkForm,
    lookup,
    async check(address) {
      const wrong = checkForm(address);
      if (wrong !== null) return wrong;
      const host = hostOf(new URL(address));
      if (isIP(host) !== 0) return null;
      const leadsAstray = await new Promise<boolean>((done) => {
        lookup(host, { all: true }, (error) => done((error as NodeJS.ErrnoException | null)?.code === BLOCKED));
      });
      return leadsAstray ? `${host} leads to an address that is not on the public internet. ${REMEDY}` : null;
    },
  };
}

/** The host of an address, as URL parsing leaves it (numbers of all kinds become plain IPv4), without brackets. */
const hostOf = (url: URL) => plainHost(url.hostname);
const plainHost = (host: string) =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '');
