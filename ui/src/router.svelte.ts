// Where the reader is: path and query of the address bar, as state. Links are plain <a href>; this follows them.
import { API_ROOT } from '#contracts/paths';
import { type Route, routeOf } from './route.ts';

const REST_MS = 200;

class Router {
  path = $state(location.pathname);
  search = $state(location.search);
  /** Grows with every page opened, so that pages can distinguish a new visit from a changed filter. */
  visits = $state(0);

  #unwritten = false;
  #rest: ReturnType<typeof setTimeout> | undefined;

  readonly route: Route = $derived(routeOf(this.path));
  readonly params: URLSearchParams = $derived(new URLSearchParams(this.search));

  /** Opens an address of this site as a new history entry and starts at its top. */
  open(href: string): void {
    this.#write();
    const url = new URL(href, location.href);
    const samePage = url.pathname === this.path;
    history.pushState(null, '', url);
    this.#read();
    if (!samePage) {
      this.visits++;
      scrollTo(0, 0);
    }
  }

  /** Replaces the query of the current page: selections and filters do not fill the history. */
  replaceQuery(params: URLSearchParams): void {
    const query = params.toString();
    this.search = query === '' ? '' : `?${query}`;
    this.#unwritten = true;
    if (this.#rest === undefined) this.#write();
  }

  /** Sets or (null) removes single parameters of the query. */
  set(changes: Readonly<Record<string, string | null>>): void {
    const params = new URLSearchParams(this.search);
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) params.delete(key);
      else params.set(key, value);
    }
    this.replaceQuery(params);
  }

  /** Follows back, forward and clicks on links of this site. Returns a function that stops it. */
  start(): () => void {
    const onPop = () => {
      this.#unwritten = false;
      this.#read();
    };
    const onClick = (event: MouseEvent) => this.#follow(event);
    const onLeave = () => this.#write();
    addEventListener('popstate', onPop);
    addEventListener('pagehide', onLeave);
    document.addEventListener('click', onClick);
    return () => {
      removeEventListener('popstate', onPop);
      removeEventListener('pagehide', onLeave);
      document.removeEventListener('click', onClick);
    };
  }

  /** Brings the address bar up to date: at once, then at most every `REST_MS`, since browsers refuse more (zooming). */
  #write(): void {
    if (!this.#unwritten) return;
    this.#unwritten = false;
    history.replaceState(null, '', this.path + this.search);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#write();
    }, REST_MS);
  }

  #read(): void {
    if (location.pathname !== this.path) this.visits++;
    this.path = location.pathname;
    this.search = location.search;
  }

  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return;
    const href = link.getAttribute('href') ?? '';
    if (href.startsWith('#') || link.pathname.startsWith(API_ROOT)) return;
    event.preventDefault();
    this.open(link.href);
  }
}

export const router = new Router();
