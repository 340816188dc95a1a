import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

describe('npm pack in a fresh clone', () => {
  it('builds first, which npm is not told to leave out', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(scripts.prepack).toBe('npm run --silent build');
    expect(readFileSync('.npmrc', 'utf8')).not.toMatch(/^ *ignore-scripts/m);
  });
});
