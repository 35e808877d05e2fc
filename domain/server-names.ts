// Under which names a server answers. A web page can point a name of its own at an address of ours (DNS rebinding) and
// read what listens there, but it cannot choose the Host header; and browsers say which page a request comes from.
const IS_LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i;
const IS_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;
/** Ends of names that nobody can register: RFC 6761, 6762 and 8375; `internal` is reserved by ICANN; `svc` is Kubernetes'. */
const IS_PRIVATE_NAME = /^[^.]+$|[^.]\.(?:localhost|local|internal|home\.arpa|svc)$/;
/** Names of this machine, its own and those that containers on it have for it; Docker leads them to loopback addresses. */
const IS_THIS_MACHINE = /[^.]\.localhost$|^host\.(?:docker|containers)\.internal$/;

/** Whether what listens on this address can be reached from this machine only. A name that is not `localhost` may lead anywhere. */
export const isLoopback = (host: string): boolean => IS_LOOPBACK.test(host);

export interface ServerNames {
  /** The address listened on. */
  readonly host: string;
  /** The origin that people use besides. */
  readonly publicUrl?: string | undefined;
  /** Further names that are ours. */
  readonly allowed?: readonly string[] | undefined;
}

/** The name in a Host header, lower case and without its port and a dot at its end; null when there is none. */
export function nameInHost(header: string | undefined): string | null {
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]\s/@]+?)\.?(?::\d{1,5})?$/i.exec(header ?? '')?.[1];
  return name?.toLowerCase() ?? null;
}

/**
 * Whether a server answers under the name in a Host header. On a loopback address: under the names of this machine. On
 * another one also under any address and under names that nobody else can register, such as those of containers. Always
 * under the public one and the allowed ones.
 */
export function answersUnder(names: ServerNames): (hostHeader: string | undefined) => boolean {
  const known = knownNames(names);
  const isLocal = isLoopback(names.host);
  return (header) => {
    const name = nameInHost(header);
    if (name === null) return false;
    if (known.has(name) || isThisMachine(name)) return true;
    return !isLocal && (IS_ADDRESS.test(name) || IS_PRIVATE_NAME.test(name));
  };
}

/**
 * Whether a page's origin is ours: under the name that the request was sent to, the public one or an allowed one. On this
 * machine each of its names is as good as another. A name that a server answers under is not enough: on an open address
 * those are all addresses and all names without a dot, and so every other host of the network.
 */
export function isOwnPage(names: ServerNames): (origin: URL, hostHeader: string | undefined) => boolean {
  const known = knownNames(names);
  return (origin, header) => {
    const [page, host] = [nameInHost(origin.host), nameInHost(header)];
    if (page === null || host === null) return false;
    return page === host || known.has(page) || (isThisMachine(page) && isThisMachine(host));
  };
}

const isThisMachine = (name: string) => isLoopback(name) || IS_THIS_MACHINE.test(name);

function knownNames({ allowed, publicUrl }: ServerNames): ReadonlySet<string> {
  const known = new Set((allowed ?? []).map((name) => name.toLowerCase()));
  if (publicUrl !== undefined) known.add(new URL(publicUrl).hostname);
  return known;
}

/**
 * The page of another site that a request comes from, as its browser names it; null when it comes from one of ours or
 * from a program, which names none.
 * @param isOurs whether an origin is ours
 */
export function foreignPage(
  headers: { readonly origin?: string | undefined; readonly 'sec-fetch-site'?: unknown },
  isOurs: (origin: URL) => boolean,
): string | null {
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && !(URL.canParse(origin) && isOurs(new URL(origin)))) return origin;
  return site === 'cross-site' ? 'another site' : null;
}
