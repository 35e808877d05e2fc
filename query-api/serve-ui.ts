// Serves the built UI: hashed assets for ever, index.html afresh for every page.
import { join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';
import { PAGES, SHORT_PATHS } from '#contracts/paths';

/** What the paths of pages begin with; the rest is for the UI to judge. */
const FIRST_PARTS = new Set([...Object.values(PAGES), ...Object.keys(SHORT_PATHS)].map((path) => path.split('/')[1]));
const NOT_BUILT =
  'The web interface is not built. Start Telltale with `npm start`, which builds it; the API works without it.\n';

/** @param uiDir the build's output (ui/dist); it may be missing */
export function serveUi(uiDir: string): Router {
  const router = Router();
  const assets = express.static(join(uiDir, 'assets'), {
    index: false,
    redirect: false,
    immutable: true,
    maxAge: '365d',
  });
  router.use('/assets', assets);
  router.use(express.static(uiDir, { index: false, redirect: false, cacheControl: false, setHeaders: alwaysAskAgain }));
  router.get('/{*path}', sendPage(uiDir));
  return router;
}

/** Pages are found in the browser, so each is the same file; an address that is no page says so by its status. */
function sendPage(uiDir: string): RequestHandler {
  return (request, response, next) => {
    const first = request.path.split('/')[1] ?? '';
    // A file that is not there, such as an asset of the build before: a page in its place would only confuse.
    if (first === 'assets' || (!FIRST_PARTS.has(first) && request.path.includes('.'))) return next();
    response.status(FIRST_PARTS.has(first) ? 200 : 404);
    const options = { root: uiDir, cacheControl: false, headers: { 'cache-control': 'no-cache' } };
    response.sendFile('index.html', options, (error) => {
      if (error === undefined || response.headersSent) return;
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return next(error);
      response.status(503).type('text/plain').send(NOT_BUILT);
    });
  };
}

function alwaysAskAgain(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('cache-control', 'no-cache');
}
