import { execFileSync } from 'node:child_process';
import { programsNamed } from './program.ts';

/** What was found, by the modules: to load them takes seconds. */
const found = new Map<string, string | undefined>();

/**
 * The first Python of this machine that has all these modules: the first on the PATH need not be the system's.
 * Undefined where none has.
 */
export function pythonWith(modules: readonly string[]): string | undefined {
  const key = modules.join();
  if (!found.has(key)) {
    const commands = programsNamed('python3');
    found.set(
      key,
      commands.find((command) => has(command, modules)),
    );
  }
  return found.get(key);
}

function has(command: string, modules: readonly string[]): boolean {
  try {
    const code = ['import json', ...modules.map((name) => `import ${name}`)].join('\n');
    execFileSync(command, ['-c', code], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
