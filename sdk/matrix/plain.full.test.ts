// Plain Node of every supported line, as ES module and as CommonJS, in every way to end, with a receiver and without.
import { expect, it } from 'vitest';
import { expectSame } from './compare.ts';
import { NOBODY, openMatrix } from './full-tier.ts';
import { nodeVersions } from './node-versions.ts';
import { commonJs, ENDINGS, type Ending, esm, SPANS } from './programs.ts';

const matrix = await openMatrix();

for (const { name, path, missing } of await nodeVersions()) {
  const reason = missing === null ? '' : ` (left out: ${missing})`;
  for (const [format, file, program] of [
    ['ES module', 'app.mjs', esm],
    ['CommonJS', 'app.cjs', commonJs],
  ] as const) {
    for (const ending of Object.keys(ENDINGS) as Ending[]) {
      it.skipIf(path === null || matrix.isLeftOut)(
        matrix.title(`${name}: ${format} that ${ending} ends as without the SDK, and its spans arrive${reason}`),
        async () => {
          await matrix.pair.write(file, program(ending));
          const command = { file: path as string, args: [file], env: matrix.env };
          await expectSame(matrix.pair, () => command, true);
          expect(new Set(matrix.names())).toEqual(new Set(SPANS));
        },
      );
      it.skipIf(path === null || matrix.isLeftOut)(
        matrix.title(`${name}: ${format} that ${ending} ends as without the SDK when no receiver is there${reason}`),
        async () => {
          await matrix.pair.write(file, program(ending));
          const command = { file: path as string, args: [file], env: { OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY } };
          await expectSame(matrix.pair, () => command, true);
        },
      );
    }
  }
}
