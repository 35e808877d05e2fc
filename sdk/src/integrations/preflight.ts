// preflight(): checks everything that a long task depends on before it begins.
import { TELLTALE } from '../attributes.ts';
import { brand } from '../brand.ts';
import { expectOptionalMs, expectOptions, kindOf, misused } from '../expect.ts';
import { at } from '../read.ts';
import { errorMessage } from '../record-error.ts';
import { within } from '../reliability/timeout.ts';
import { step } from '../step.ts';
import type { Service } from './connect.ts';

/** A check of anything other than a connected service. */
export interface NamedCheck {
  name: string;
  /** Reject or return false when the check fails. */
  check: (call: { signal: AbortSignal }) => unknown;
  /** Default true. */
  critical?: boolean | undefined;
}

export interface PreflightOptions {
  /** Limit of each check; they run at the same time. Default 5,000. */
  timeoutMs?: number | undefined;
  /** `throw` (default) rejects when a critical check fails; `report` never does. */
  onFailure?: 'throw' | 'report' | undefined;
}

export interface PreflightCheck {
  name: string;
  critical: boolean;
  /** `unknown`: the service has no health check. */
  status: 'ok' | 'failed' | 'unknown';
  durationMs: number;
  /** Why it failed, or null. */
  error: string | null;
}

export interface PreflightReport {
  /** False when something critical failed. */
  ok: boolean;
  /** Names of failed checks that are not critical: the task may continue without them. */
  degraded: string[];
  checks: PreflightCheck[];
}

/** A critical check failed, so the task did not begin. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError';
  readonly report: PreflightReport;

  static {
    brand(PreflightError, 'PreflightError');
  }

  constructor(report: PreflightReport) {
    const failed = report.checks.filter((check) => check.critical && check.status === 'failed');
    super(`not ready: ${failed.map(({ name, error }) => `${name} (${error})`).join(', ')}`);
    this.report = report;
  }
}

const USAGE = "preflight([service, { name: 'disk', check: () => hasSpace() }])";

function expectDependencies(dependencies: unknown): void {
  if (!Array.isArray(dependencies)) misused(USAGE, `The dependencies must be a list; it is ${kindOf(dependencies)}.`);
  for (const each of dependencies) {
    const isUsable = [at(each, 'checkHealth'), at(each, 'check')].some((check) => typeof check === 'function');
    if (!isUsable) misused(USAGE, 'Each dependency must be a connected service or have a name and a function check.');
  }
}

/** Runs all checks at once, each a span under `preflight`. @throws TypeError on an invalid list of checks; PreflightError, unless `onFailure` is `report` */
export async function preflight(
  dependencies: readonly (Service<never> | Service<unknown> | NamedCheck)[],
  options: PreflightOptions = {},
): Promise<PreflightReport> {
  expectDependencies(dependencies);
  expectOptions(USAGE, options);
  expectOptionalMs(USAGE, options, ['timeoutMs']);
  return step('preflight', { kind: 'guardrail' }, async (span) => {
    const checks = await Promise.all(dependencies.map((each) => checkOne(each, options.timeoutMs ?? 5_000)));
    const failed = checks.filter(({ status }) => status === 'failed');
    const degraded = failed.filter(({ critical }) => !critical).map(({ name }) => name);
    const report: PreflightReport = { ok: failed.every(({ critical }) => !critical), degraded, checks };
    if (failed.length > 0)
      span.set(
        TELLTALE.PREFLIGHT_FAILED,
        failed.map(({ name }) => name),
      );
    if (degraded.length > 0)
      span.set({ [TELLTALE.DEGRADATION_DEPENDENCIES]: degraded, [TELLTALE.DEGRADATION_MODE]: 'partial' });
    if (!report.ok && options.onFailure !== 'report') throw new PreflightError(report);
    if (!report.ok) span.fail(new PreflightError(report));
    return report;
  });
}

async function checkOne(
  each: Service<never> | Service<unknown> | NamedCheck,
  timeoutMs: number,
): Promise<PreflightCheck> {
  const { name } = each;
  const critical = 'check' in each ? each.critical !== false : each.isCritical;
  const startMs = performance.now();
  const done = (status: PreflightCheck['status'], error: string | null): PreflightCheck => ({
    name,
    critical,
    status,
    durationMs: Math.round((performance.now() - startMs) * 1000) / 1000,
    error,
  });
  try {
    const isKnown = await step(`health ${name}`, { captureOutput: false }, (span) =>
      within(`health ${name}`, timeoutMs, undefined, async (signal) => {
        if (!('check' in each)) return each.checkHealth(signal, span);
        if ((await each.check({ signal })) === false) throw new Error(`${name} says that it is not well`);
        return true;
      }),
    );
    return done(isKnown ? 'ok' : 'unknown', null);
  } catch (error) {
    return done('failed', errorMessage(error));
  }
}
