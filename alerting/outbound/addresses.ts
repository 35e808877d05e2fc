// Which IP addresses are not the public internet: this machine, its networks, clouds' metadata services, and the
// forms of IPv6 that carry an IPv4 address inside. From the IANA special-purpose address registries.
import { BlockList, isIP } from 'node:net';

const PRIVATE_V4: readonly [string, number][] = [
  ['0.0.0.0', 8], // this host
  ['10.0.0.0', 8], // RFC 1918
  ['100.64.0.0', 10], // carrier-grade NAT, and a cloud's metadata service
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, and most clouds' metadata service
  ['172.16.0.0', 12], // RFC 1918
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // RFC 1918
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/** Inside 2000::/3, the only part of IPv6 that is given out, what is not the public internet after all. */
const PRIVATE_V6: readonly [string, number][] = [
  ['2001::', 23], // protocol assignments, Teredo
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: carries an IPv4 address
  ['3fff::', 20], // documentation
];

const privateV4 = new BlockList();
for (const [net, prefix] of PRIVATE_V4) privateV4.addSubnet(net, prefix, 'ipv4');
const privateV6 = new BlockList();
for (const [net, prefix] of PRIVATE_V6) privateV6.addSubnet(net, prefix, 'ipv6');
const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');

/** @param ip an address without brackets; what is no address counts as not public */
export function isPublicAddress(ip: string): boolean {
  const family = isIP(ip);
  if (family === 4) return !privateV4.check(ip, 'ipv4');
  if (family !== 6 || ip.includes('%')) return false;
  return globalV6.check(ip, 'ipv6') && !privateV6.check(ip, 'ipv6');
}

/** Hosts and networks that may be called although they are not public. */
export interface Allowed {
  host(name: string): boolean;
  address(ip: string): boolean;
}

/**
 * @param entries host names, addresses and CIDR networks, of the form that config.ts lets through
 * @throws RangeError when a prefix is too long for its family
 */
export function allowedOf(entries: readonly string[]): Allowed {
  const hosts = new Set<string>();
  const networks = new BlockList();
  for (const entry of entries) {
    const [net = '', prefix] = entry
      .toLowerCase()
      .replace(/^\[|\]$/g, '')
      .split('/');
    const family = isIP(net);
    if (family === 0) hosts.add(net);
    else networks.addSubnet(net, prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix), familyName(family));
  }
  return {
    host: (name) => hosts.has(name) || (isIP(name) !== 0 && networks.check(name, familyName(isIP(name)))),
    address: (ip) => isIP(ip) !== 0 && networks.check(ip, familyName(isIP(ip))),
  };
}

const familyName = (family: number) => (family === 6 ? 'ipv6' : 'ipv4');
