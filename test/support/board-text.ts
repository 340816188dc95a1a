import type { SystemText } from '../../src/host/system-text.ts';

/**
 * A system that says this: texts of files by their path, and of commands by their words. No board was at hand: texts
 * are in the kernel's form.
 */
export const boardText = (texts: Readonly<Record<string, string>>): SystemText => ({
  read: async (path) => texts[path],
  run: async (command, args) => {
    const out = texts[[command, ...args].join(' ')];
    return out === undefined ? { code: -1, out: '' } : { code: 0, out };
  },
});
