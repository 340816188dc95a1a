const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/**
 * Whether `LIBCAMERA_LOG_LEVELS` asks for a category's lines of level DEBUG: a list of `CATEGORY:LEVEL` with commas
 * between, the level by name or number; a category may end in `*`, and one without a category is all. The last that
 * fits counts; where none does, libcamera says INFO and above.
 */
export function asksForDebug(levels: string | undefined, category: string): boolean {
  let asked = false;
  for (const part of (levels ?? '').split(',')) {
    const [level = '', name = '*'] = part.split(':').reverse();
    const number = /^\d+$/.test(level) ? Number(level) : LEVELS.indexOf(level);
    if (number < 0) continue;
    const fits = name.endsWith('*') ? category.startsWith(name.slice(0, -1)) : category === name;
    if (fits) asked = number === 0;
  }
  return asked;
}
