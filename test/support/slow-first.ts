// The order of test files: those that take longest begin first, so that no core waits for one of them at the end.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The slowest by the list that a run prints; what is not named comes after them, in vitest's own order. */
const SLOWEST = [
  'test/journey.test.ts',
  'test/kit/clickhouse-http.test.ts',
  'alerting/storylines.test.ts',
  'test/ui/runs-page.test.ts',
  'test/cli.test.ts',
  'test/channel-sentences.test.ts',
  'test/kit/chdb.test.ts',
  'test/demo.test.ts',
  'test/faults/short.test.ts',
  'test/ui/long-and-hostile.test.ts',
  'test/ui/patterns-page.test.ts',
  'test/open-steps.test.ts',
];

export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = SLOWEST.findIndex((path) => moduleId.endsWith(`/${path}`));
      return at < 0 ? SLOWEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
