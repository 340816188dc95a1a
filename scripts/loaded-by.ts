import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** An import, or a line that hands on what another file exports, of values. */
const STATIC = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;

/**
 * What loading a file loads: the files' absolute paths, itself first, and packages by name. What is imported on demand
 * is not in it.
 * @param entry Below `src`.
 */
export function loadedBy(entry: string): Set<string> {
  const found = new Set<string>();
  const todo = [resolve('src', entry)];
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    if (!file.endsWith('.ts')) continue;
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(STATIC)) {
      if (from.startsWith('.')) todo.push(resolve(dirname(file), from));
      else found.add(from);
    }
  }
  return found;
}
