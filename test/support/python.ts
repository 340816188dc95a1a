import { execFileSync } from 'node:child_process';
import { programsNamed } from './program.ts';

/**
 * The first Python of this machine that has all these modules: the first on the PATH need not be the system's.
 * Undefined where none has.
 */
export function pythonWith(modules: readonly string[]): string | undefined {
  return programsNamed('python3').find((command) => {
    try {
      const code = ['import json', ...modules.map((name) => `import ${name}`)].join('\n');
      execFileSync(command, ['-c', code], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
