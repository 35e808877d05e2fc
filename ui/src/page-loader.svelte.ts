// Loads the code of a page when it is opened or about to be, once each, and handles failures.
import type { Component } from 'svelte';
import { ApiError } from './api.ts';
import { isOtherBuild, reloadOnce } from './build.ts';
import { reach } from './reach.svelte.ts';
import type { Route } from './route.ts';

type Name = Route['page'];
/** The props of a page: the values of its path. */
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
  /** Pages that failed to load. Browsers may remember the failure or skip the styles, so a retry reloads the tab. */
  readonly #broken = new Set<Name>();

  /** The page once its code is loaded, else null. */
  pageOf(name: Name): AnyPage | null {
    return this.#loaded[name] ?? null;
  }

  failureOf(name: Name): ApiError | null {
    return this.#failures[name] ?? null;
  }

  isLoading(name: Name): boolean {
    return this.#loading.includes(name);
  }

  /** Loads a page that is to be shown; what failed before is retried. Never throws: see `failureOf`. */
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

  /** Loads a page that may be opened soon; a failure matters only when it is opened. */
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
  reach.failed();
  return new ApiError(
    0,
    'unreachable',
    'Telltale did not answer.',
    'Check that it is running and reachable from this page.',
  );
}

/** Why the code of a page could not be loaded; null when the tab is being reloaded. */
async function explain(): Promise<ApiError | null> {
  const isOther = await isOtherBuild().catch(() => null);
  if (isOther === null) return unreachable();
  if (isOther && reloadOnce()) return null;
  const message = isOther ? 'Telltale was upgraded since this tab was opened.' : 'The server did not send its code.';
  return new ApiError(
    0,
    'page_not_loaded',
    message,
    'Retry reloads the tab. If it fails again, see the log of Telltale.',
  );
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
