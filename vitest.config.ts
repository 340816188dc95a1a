import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Two cores, and real-time cameras in some tests: files run one after the other.
    fileParallelism: false,
  },
});
