import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The commands are tested as they are shipped: built.
    globalSetup: ['test/support/build.ts'],
    // Two cores, and real-time cameras in some tests: files run one after the other.
    fileParallelism: false,
  },
});
