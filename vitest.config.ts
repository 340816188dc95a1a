import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What hangs ends a run; what is slow on a busy machine does not. */
const TIMEOUT_MS = 180_000;
const timeouts = { testTimeout: TIMEOUT_MS, hookTimeout: TIMEOUT_MS };
/** Unit tests have what others leave of the cores. */
const UNIT_TIMEOUT_MS = 600_000;
const cores = availableParallelism();

/** The files that take longest begin first, so that a run waits for none of them in the end. */
const LONGEST = [
  ...[
    'docs',
    'repair',
    'record',
    'vid',
    'take-network',
    'stock',
    'stock-steered',
    'stock-faults',
    'doctor',
    'segments',
  ],
  ...['environment', 'timecode', 'timestamps', 'steering', 'proof'],
  ...['simulations', 'align-files', 'conform', 'pixel-clock-view', 'pixel-clock', 'encoders', 'take-kill-points'],
].map((name) => `/${name}.test.ts`);

/** Thirty processes at once leave nothing for others: they run when little else does. */
const LAST = '/take-crowd.test.ts';

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      if (moduleId.endsWith(LAST)) return LONGEST.length + 1;
      const place = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return place < 0 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/*.test.ts'],
          testTimeout: UNIT_TIMEOUT_MS,
          hookTimeout: UNIT_TIMEOUT_MS,
          // What happens in real time is waited for, however busy the machine is.
          expect: { poll: { timeout: 60_000 } },
          globalSetup: ['test/support/scripts.ts'],
          // From the sources, which are loaded once a worker and not once a file: no test changes a module.
          isolate: false,
          // `npm test` runs it beside the other: what is left of the cores is for cameras.
          maxWorkers: cores,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/*.test.ts'],
          ...timeouts,
          // The commands as they are shipped: built once.
          globalSetup: ['test/support/build.ts'],
          // Cameras in real time mostly wait for their next frame: a file takes a third of a core.
          maxWorkers: cores + 1,
          // A take on a machine that others use too may lose a frame. CI tries once more, and says of which.
          retry: process.env.GENLOCK_TEST_RETRIES === undefined ? 0 : Number(process.env.GENLOCK_TEST_RETRIES),
          // Of tests of a file that mostly wait, and say so (`it.concurrent`).
          maxConcurrency: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
