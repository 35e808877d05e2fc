// Addresses that must never be called when someone enters them: each leads, or might lead, to this machine, its
// networks, or a cloud's metadata service. Names are answered by `hostileResolve`.
import type { Resolve } from '../../alerting/outbound/guard.ts';

export const SSRF_FORMS: readonly (readonly [what: string, address: string])[] = [
  ['plain http', 'http://hooks.example.com/x'],
  ['loopback', 'https://127.0.0.1/x'],
  ['another loopback', 'https://127.8.9.10/x'],
  ['short loopback', 'https://127.1/x'],
  ['decimal', 'https://2130706433/x'],
  ['hexadecimal', 'https://0x7f000001/x'],
  ['hexadecimal parts', 'https://0x7f.0x0.0x0.0x1/x'],
  ['octal parts', 'https://0177.0.0.01/x'],
  ['one octal number', 'https://017700000001/x'],
  ['a dot at the end', 'https://127.0.0.1./x'],
  ['full-width digits', 'https://１２７.０.０.１/x'],
  ['circled digits', 'https://①②⑦.⓪.⓪.①/x'],
  ['ideographic full stops', 'https://127。0。0。1/x'],
  ['percent-encoded digits', 'https://%31%32%37.0.0.1/x'],
  ['a line end inside', 'https://127.0.\n0.1/x'],
  ['backslashes', 'https:\\\\127.0.0.1\\x'],
  ['no slashes', 'https:127.0.0.1/x'],
  ['the name of this machine', 'https://localhost/x'],
  ['the same in capitals, with a dot', 'https://LocalHost./x'],
  ['a name below it', 'https://metadata.localhost/x'],
  ['IPv6 loopback', 'https://[::1]/x'],
  ['IPv6 unspecified', 'https://[::]/x'],
  ['IPv4 mapped into IPv6', 'https://[::ffff:127.0.0.1]/x'],
  ['the same in hexadecimal', 'https://[::ffff:7f00:1]/x'],
  ['written out', 'https://[0:0:0:0:0:ffff:10.0.0.1]/x'],
  ['IPv4-compatible IPv6', 'https://[::10.0.0.1]/x'],
  ['IPv4 translated', 'https://[::ffff:0:127.0.0.1]/x'],
  ['NAT64', 'https://[64:ff9b::169.254.169.254]/x'],
  ['6to4', 'https://[2002:7f00:1::]/x'],
  ['Teredo', 'https://[2001:0:7f00:1::]/x'],
  ['IPv6 link-local', 'https://[fe80::1]/x'],
  ['IPv6 site-local', 'https://[fec0::1]/x'],
  ['unique local IPv6', 'https://[fc00::1]/x'],
  ['metadata over IPv6', 'https://[fd00:ec2::254]/x'],
  ['IPv6 multicast', 'https://[ff02::1]/x'],
  ['any address', 'https://0.0.0.0/x'],
  ['zero', 'https://0/x'],
  ['RFC 1918, 10/8', 'https://10.1.2.3/x'],
  ['RFC 1918, 172.16/12', 'https://172.31.255.254/x'],
  ['RFC 1918, 192.168/16', 'https://192.168.0.1/x'],
  ['link-local metadata', 'https://169.254.169.254/latest/meta-data/'],
  ['the same in decimal', 'https://2852039166/latest/meta-data/'],
  ['the same in hexadecimal', 'https://0xA9FEA9FE/latest/meta-data/'],
  ['carrier-grade NAT', 'https://100.100.100.200/x'],
  ['benchmark network', 'https://198.18.0.1/x'],
  ['protocol assignments', 'https://192.0.0.192/x'],
  ['multicast', 'https://224.0.0.1/x'],
  ['broadcast', 'https://255.255.255.255/x'],
  ['a user and a password', 'https://user:secret@hooks.example.com/x'],
  ['a user that looks like a host', 'https://hooks.example.com@127.0.0.1/x'],
  ['a file', 'file:///etc/passwd'],
  ['gopher', 'gopher://127.0.0.1:6379/_x'],
  ['a script', 'javascript:alert(1)'],
  ['data', 'data:text/plain,x'],
  ['no address at all', 'not an address'],
  ['nothing', ''],
  ['a name that leads to loopback', 'https://loopback.example.com/x'],
  ['a name that leads to metadata', 'https://metadata.example.com/x'],
  ['a name that leads to IPv6 of this network', 'https://v6.example.com/x'],
  ['a name with one public and one private address', 'https://both.example.com/x'],
  ['a name that leads to mapped IPv4', 'https://mapped.example.com/x'],
];

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'hooks.example.com': ['93.184.215.14'],
  'loopback.example.com': ['127.0.0.1'],
  'metadata.example.com': ['169.254.169.254'],
  'v6.example.com': ['fd12:3456::1'],
  'both.example.com': ['93.184.215.14', '10.0.0.1'],
  'mapped.example.com': ['::ffff:127.0.0.1'],
};

/** A resolver whose names lead where their owner wants. */
export const hostileResolve: Resolve = (hostname, _options, callback) => {
  const addresses = NAMES[hostname.toLowerCase().replace(/\.$/, '')];
  if (addresses === undefined) return callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
  callback(
    null,
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  );
};
