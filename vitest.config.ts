import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** What hangs ends a run; what is slow on a busy machine does not. */
const TIMEOUT_MS = 180_000;
const timeouts = { testTimeout: TIMEOUT_MS, hookTimeout: TIMEOUT_MS };
const cores = availableParallelism();

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/*.test.ts'],
          ...timeouts,
          // From the sources, which are loaded once a worker and not once a file: no test changes a module.
          isolate: false,
          // One more than there are cores: some wait for the disk, or for a process.
          maxWorkers: cores + 1,
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
          // Cameras in real time mostly wait for their next frame; with more files than cores they lose frames.
          maxWorkers: cores,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
