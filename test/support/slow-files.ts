// A vitest reporter: says which files took long, and at the end the ten slowest.
import type { Reporter, TestModule } from 'vitest/node';

const LONG_MS = 10_000;

export default class SlowFiles implements Reporter {
  onTestModuleEnd(testModule: TestModule): void {
    const ms = tookMs(testModule);
    if (ms > LONG_MS) console.log(`   ${testModule.relativeModuleId} took ${seconds(ms)}`);
  }

  onTestRunEnd(testModules: readonly TestModule[]): void {
    if (testModules.length < 2) return;
    const slowest = testModules.toSorted((a, b) => tookMs(b) - tookMs(a)).slice(0, 10);
    const lines = slowest.map((module) => `  ${seconds(tookMs(module)).padStart(8)}  ${module.relativeModuleId}`);
    console.log(`\nThe slowest files, with their imports and set-up:\n${lines.join('\n')}`);
  }
}

function tookMs(testModule: TestModule): number {
  const { prepareDuration, environmentSetupDuration, collectDuration, setupDuration, duration } =
    testModule.diagnostic();
  return prepareDuration + environmentSetupDuration + collectDuration + setupDuration + duration;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
