// What the files of the full tier share: packages of the registry, and titles that say why something is left out.
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { installedPair, type ProjectPair, whyNotInstallable } from './project.ts';

/** A port on which nobody listens. */
export const NOBODY = 'http://127.0.0.1:9';

export interface Matrix {
  readonly isLeftOut: boolean;
  /** With the reason, when it is left out. */
  title(name: string): string;
  readonly pair: ProjectPair;
  readonly sink: OtlpSink;
  /** Environment of a program that sends to the sink. */
  readonly env: Record<string, string>;
  /** Names of the spans that arrived. */
  names(): string[];
}

/** Installs the SDK and `packages` once for the tests of a file, and opens a receiver for each of them. */
export async function openMatrix(packages: readonly string[] = []): Promise<Matrix> {
  const missing = await whyNotInstallable(['@opentelemetry/api', ...packages]);
  let pair: ProjectPair | undefined;
  let sink: OtlpSink | undefined;
  beforeAll(async () => {
    if (missing === null) pair = await installedPair(packages);
  }, 600_000);
  beforeEach(async () => {
    sink = await openSink();
  });
  afterEach(() => sink?.close());
  afterAll(() => pair?.close());
  return {
    isLeftOut: missing !== null,
    title: (name) => (missing === null ? name : `${name} (left out: ${missing})`),
    get pair() {
      return pair as ProjectPair;
    },
    get sink() {
      return sink as OtlpSink;
    },
    get env() {
      return { OTEL_EXPORTER_OTLP_ENDPOINT: (sink as OtlpSink).url };
    },
    names: () =>
      (sink as OtlpSink)
        .spans()
        .map(({ name }) => name)
        .sort(),
  };
}
