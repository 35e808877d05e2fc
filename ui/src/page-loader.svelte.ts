// The pages' code, loaded when a page is opened or about to be: each once, and what to do when it does not come.
import type { Component } from 'svelte';
import { ApiError } from './api.ts';
import { isOtherBuild, reloadOnce } from './build.ts';
import { reach } from './reach.svelte.ts';
import type { Route } from './route.ts';

type Name = Route['page'];
/** What a page is given: the values of its path. */
type PropsOf<N extends Name> = Omit<Extract<Route, { page: N }>, 'page'>;

const IMPORTS: { readonly [N in Name]: () => Promise<{ readonly default: Component<PropsOf<N>> }> } = {
  runs: () => import('./pages/RunsPage.svelte'),
  trace: () => import('./pages/RunPage.svelte'),
  sessions: () => import('./pages/SessionsPage.svelte'),
  session: () => import('./pages/SessionPage.svelte'),
  patterns: () => import('./pages/PatternsPage.svelte'),
  pattern: () => import('./pages/PatternPage.svelte'),
  incidents: () => import('./pages/IncidentsPage.svelte'),
  incident: () => import('./pages/IncidentPage.svelte'),
  digests: () => import('./pages/DigestsPage.svelte'),
  digest: () => import('./pages/DigestPage.svelte'),
  settings: () => import('./pages/SettingsPage.svelte'),
  unknown: () => import('./pages/UnknownPage.svelte'),
};

/** A page with the values of its path, whichever page it is. */
type AnyPage = Component<Readonly<Record<string, string>>>;

class PageLoader {
  #loaded = $state.raw<{ readonly [N in Name]?: AnyPage }>({});
  #failures = $state.raw<{ readonly [N in Name]?: ApiError }>({});
  #loading = $state.raw<readonly Name[]>([]);
  /** What did not come. Asking again may find the failure remembered, or the styles left out, so the tab is reloaded. */
  readonly #broken = new Set<Name>();

  /** The page, at once when its code is there; null while it is not. */
  pageOf(name: Name): AnyPage | null {
    return this.#loaded[name] ?? null;
  }

  failureOf(name: Name): ApiError | null {
    return this.#failures[name] ?? null;
  }

  isLoading(name: Name): boolean {
    return this.#loading.includes(name);
  }

  /** Loads a page that is to be shown; what failed before is retried. Never throws: look at `failureOf`. */
  async load(name: Name): Promise<void> {
    if (this.#loaded[name] !== undefined || this.isLoading(name)) return;
    this.#loading = [...this.#loading, name];
    const failure = this.#broken.has(name)
      ? await reloadIfAnswered()
      : await this.#import(name).then(
          () => null,
          () => explain(),
        );
    this.#failures = { ...this.#failures, [name]: failure ?? undefined };
    this.#loading = this.#loading.filter((each) => each !== name);
  }

  /** Loads a page that may be opened soon; that it does not come matters only when it is opened. */
  prefetch(name: Name): void {
    if (this.#loaded[name] !== undefined || this.isLoading(name) || this.#broken.has(name)) return;
    void this.#import(name).catch(() => undefined);
  }

  async #import(name: Name): Promise<void> {
    const imported = await IMPORTS[name]().catch((cause: unknown) => {
      this.#broken.add(name);
      throw cause;
    });
    this.#loaded = { ...this.#loaded, [name]: imported.default as AnyPage };
  }
}

function unreachable(): ApiError {
  reach.silent();
  return new ApiError(
    0,
    'unreachable',
    'Telltale did not answer.',
    'Check that it is still running and that this page may reach it.',
  );
}

/** Why the code of a page did not come; null when the tab is being reloaded. */
async function explain(): Promise<ApiError | null> {
  const isOther = await isOtherBuild().catch(() => null);
  if (isOther === null) return unreachable();
  if (isOther && reloadOnce()) return null;
  const message = isOther
    ? 'Telltale was upgraded since this tab was opened.'
    : 'The code of this page did not arrive.';
  return new ApiError(0, 'page_not_loaded', message, 'Retry reloads the tab. If it stays, see the log of Telltale.');
}

/** @returns null when the tab is being reloaded */
async function reloadIfAnswered(): Promise<ApiError | null> {
  const answered = await isOtherBuild().then(
    () => true,
    () => false,
  );
  if (!answered) return unreachable();
  location.reload();
  return null;
}

export const pageLoader = new PageLoader();
