// Loads the code of the page that a link leads to once the reader points at it, so that a click finds it loaded.
import { pageLoader } from './page-loader.svelte.ts';
import { routeOf } from './route.ts';

/** @returns a function that stops it */
export function prefetchPointedAt(): () => void {
  const onPoint = ({ target }: Event) => {
    const link = target instanceof Element ? target.closest('a') : null;
    if (link === null || link.origin !== location.origin) return;
    const { page } = routeOf(link.pathname);
    if (page !== 'unknown') pageLoader.prefetch(page);
  };
  document.addEventListener('pointerover', onPoint, { passive: true });
  document.addEventListener('focusin', onPoint);
  return () => {
    document.removeEventListener('pointerover', onPoint);
    document.removeEventListener('focusin', onPoint);
  };
}
