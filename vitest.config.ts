import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const TIMEOUT_MS = 60_000;
const timeouts = { testTimeout: TIMEOUT_MS, hookTimeout: TIMEOUT_MS };

export default defineConfig({
  test: {
    projects: [
      // From the sources, as many files at a time as there are cores.
      { test: { name: 'unit', include: ['test/*.test.ts'], ...timeouts, sequence: { groupOrder: 0 } } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/*.test.ts'],
          ...timeouts,
          // The commands as they are shipped: built once.
          globalSetup: ['test/support/build.ts'],
          // Cameras in real time mostly wait for their next frame; a file a core leaves them time for it.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
