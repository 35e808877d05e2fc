// The API and UI as one express app: safety first, then the routes, then the UI for every other path.
import compression from 'compression';
import express from 'express';
import helmet from 'helmet';
import { DOCUMENTS } from '#contracts/paths';
import { type AnswerDeps, answers } from './answers.ts';
import { mailPage, unsubscribePage } from './digest-pages.ts';
import { answerFailures, noSuchRoute, wrongMethod } from './failures.ts';
import { guardChanges } from './guard-changes.ts';
import { guardHost } from './guard-host.ts';
import { type HealthDeps, healthRoutes } from './health.ts';
import type { Log } from './log.ts';
import { openApiDocument } from './openapi.ts';
import { expressPath } from './route.ts';
import { serveUi } from './serve-ui.ts';

export interface QueryApiDeps extends AnswerDeps, HealthDeps {
  /** TELLTALE_HOST: on a loopback address only requests that name this machine are answered. */
  readonly host: string;
  /** TELLTALE_PUBLIC_URL. */
  readonly publicUrl?: string | undefined;
  /** Called after each answer. `route` is the path with the names of its parameters, `ui` for pages and their files. */
  readonly onAnswered?: ((route: string, status: number, ms: number) => void) | undefined;
  /** The built UI (ui/dist). */
  readonly uiDir: string;
  /** Names that are answered besides the public one. */
  readonly allowedHosts?: readonly string[] | undefined;
  readonly log: Log;
}

/** The app, not listening yet (see `listen`). Nothing in it keeps state between requests. */
export function createQueryApi(deps: QueryApiDeps): express.Express {
  const app = express();
  app.disable('etag');
  app.use(timing(deps.onAnswered));
  app.use(securityHeaders());
  app.use(guardHost({ host: deps.host, publicUrl: deps.publicUrl, allowed: deps.allowedHosts }));
  // Level 1: a trace of ten thousand spans is several megabytes, and the reader waits for it.
  app.use(compression({ level: 1 }));
  app.use(healthRoutes(deps));

  app.use('/api', (_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  app.use(unsubscribePage(deps));
  app.use('/api', guardChanges(deps.publicUrl));
  app.use('/api', express.json({ limit: '64kb', strict: true }));
  app.use(mailPage(deps));
  const methods = new Map<string, string[]>();
  for (const { contract, handler } of answers(deps)) {
    const path = expressPath(contract.path);
    app[contract.method](path, handler);
    const allowed = contract.method === 'get' ? ['GET', 'HEAD'] : [contract.method.toUpperCase()];
    methods.set(path, [...(methods.get(path) ?? []), ...allowed]);
  }
  for (const [path, allowed] of methods) app.all(path, wrongMethod(allowed));
  // Made when it is first asked for: it takes a fifth of a start.
  let document: ReturnType<typeof openApiDocument> | undefined;
  app.get(DOCUMENTS.openApi, (_request, response) => {
    document ??= openApiDocument(deps.status().version);
    response.json(document);
  });
  app.all(DOCUMENTS.openApi, wrongMethod(['GET', 'HEAD']));
  app.use(['/api', '/v1'], noSuchRoute);

  app.use(serveUi(deps.uiDir));
  app.use(noSuchRoute);
  app.use(answerFailures(deps.log));
  return app;
}

function timing(onAnswered: QueryApiDeps['onAnswered']): express.RequestHandler {
  return (request, response, next) => {
    const begunMs = performance.now();
    response.once('finish', () => {
      const { route } = request as { route?: { path?: unknown } };
      const isApi = /^\/(?:api|v1)\//.test(request.originalUrl);
      // Paths of pages are no routes of ours, and as many as there are runs.
      const path = typeof route?.path === 'string' && !route.path.includes('*') ? route.path : null;
      onAnswered?.(path ?? (isApi ? 'unknown' : 'ui'), response.statusCode, performance.now() - begunMs);
    });
    next();
  };
}

/** Everything comes from this server, nothing is inline, nothing may frame it. HTTPS is for the proxy in front to demand. */
function securityHeaders(): express.RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        // No text becomes markup or script but through a policy, and the only one is Svelte's, for its own templates.
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ['svelte-trusted-html'],
      },
    },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
  });
}
