import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Outcome, start } from './genlock.ts';

/** The built program in a folder of its own, with all that it was installed with but some packages or scopes. */
export class Installation {
  private readonly folder = mkdtempSync(join(tmpdir(), 'genlock-installed-'));

  constructor(...leftOut: string[]) {
    const modules = join(this.folder, 'node_modules');
    mkdirSync(modules);
    cpSync('dist', join(this.folder, 'dist'), { recursive: true });
    cpSync('package.json', join(this.folder, 'package.json'));
    for (const name of leftOut) {
      if (!existsSync(join('node_modules', name)))
        throw new Error(`${name} is not installed: there is nothing to leave out`);
    }
    for (const name of readdirSync('node_modules')) {
      if (!leftOut.includes(name)) symlinkSync(resolve('node_modules', name), join(modules, name));
    }
  }

  /** Node resolves imports from where a file really lies, which is here. */
  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return start(args, env, [process.execPath, join(this.folder, 'dist', 'cli.js')]).ended;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What runs `ip` with these arguments; spaces between them. */
export function ip(command: string): string {
  return execFileSync('ip', command.split(' '), { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

/** The command that runs another one in a network namespace. */
export const namespaceCommand = (name: string, command: readonly string[]): string[] => [
  ...['ip', 'netns', 'exec', name],
  ...command,
];

/** Makes a network namespace. @returns why that can't be done here, for the skip; undefined where it was. */
export function whyNoNamespaces(name: string): string | undefined {
  if (process.platform !== 'linux') return `network namespaces are Linux's own, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    ip(`netns add ${name}`);
    return undefined;
  } catch (error) {
    return `network namespaces do not work here: ${(error as Error).message.trim().replaceAll('\n', ' ')}`;
  }
}
