import { spawn } from 'node:child_process';

/** A program that has not failed after this long has opened what it was given, in ms. */
const PATIENCE_MS = 3000;

/** Program and arguments that open a file as a double click does. */
function opener(file: string, platform: NodeJS.Platform): [program: string, args: string[], verbatim: boolean] {
  if (platform === 'darwin') return ['open', [file], false];
  // `start` is a word of the shell's; the first text in quotes would be a title.
  if (platform === 'win32') return ['cmd', ['/d', '/s', '/c', `"start "" "${file}""`], true];
  return ['xdg-open', [file], false];
}

/**
 * Opens a file in the desktop's program for it.
 * @returns why it could not be opened, undefined where it could.
 */
export function openFile(file: string, platform = process.platform): Promise<string | undefined> {
  const [program, args, windowsVerbatimArguments] = opener(file, platform);
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true, windowsVerbatimArguments });
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    const ended = (why: string | undefined): void => {
      clearTimeout(timer);
      resolve(why);
    };
    child.on('error', () => ended(`there is no ${program} here`));
    child.on('exit', (code) => ended(code === 0 ? undefined : `${program} found nothing to open it with`));
    child.unref();
  });
}
