import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import ts from 'typescript';
import type { TestContext } from 'vitest';
import type { DocBlock } from './doc-blocks.ts';
import { CLI, freshPort, type Outcome, SMALL, start } from './genlock.ts';
import { pythonWith } from './python.ts';
import { PythonSession } from './python-session.ts';

/** In CI all that a page asks for is there: what is skipped elsewhere fails there. */
const required = process.env.GENLOCK_REQUIRE_ENCODERS === '1';

/** A folder in which a page's blocks run one after the other, with `genlock` on the PATH and installed as a package. */
export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'genlock-docs-'));
  private readonly port = freshPort();
  private readonly small: boolean;
  /** By the Python that they run. */
  private readonly sessions = new Map<string, PythonSession>();

  /** @param small takes that say nothing of their size are of small pictures: none of the blocks is about pictures. */
  constructor(blocks: readonly DocBlock[], small = false) {
    this.small = small;
    const size = small ? ` ${SMALL.join(' ')}` : '';
    // Takes that others record on this machine at the same time are none of this page's.
    // What a busy machine drops is not what a page is about.
    const own = [
      `case "$1" in record|vid) set -- "$@" --sync-port ${this.port}${size};; esac`,
      'case "$1" in record|verify) set -- "$@" --max-repeats 50;; esac',
    ].join('\n');
    this.write('genlock', `#!/bin/sh\n${own}\nexec "${process.execPath}" "${CLI}" "$@"\n`, 0o755);
    mkdirSync(join(this.folder, 'node_modules'));
    symlinkSync(resolve('.'), join(this.folder, 'node_modules/genlock'));
    for (const name of ['ajv', '@types']) {
      symlinkSync(resolve('node_modules', name), join(this.folder, 'node_modules', name));
    }
    this.write('package.json', '{ "type": "module" }\n');
    this.write('tsconfig.json', readFileSync('tsconfig.json', 'utf8').replace(/"include".*/, '"include": ["*.ts"]'));
    for (const [i, { language, code }] of blocks.entries())
      if (language === 'ts') this.write(`block-${i + 1}.ts`, code);
  }

  /** Runs a block; a test whose block needs what is not here is skipped, or fails in CI. */
  async run(block: Pick<DocBlock, 'language' | 'code'>, context: TestContext): Promise<Outcome> {
    const { language, code } = block;
    if (process.platform === 'win32') context.skip('this puts a shell script on the PATH');
    if (language === 'sh') return this.start(shell(code, context));
    if (language === 'python') return this.python(code, context);
    // A script's own port, as the command's above.
    const own = `port: ${this.port}, ${this.small ? 'width: 160, height: 120, ' : ''}`;
    const given = code
      .replace(/\brecord\(\{\s/, `record({ ${own}maxRepeats: 0.5, `)
      .replace('const common = { ', `const common = { ${own}`);
    // Compiled here: a compiler in each process takes longer than what the scripts do.
    const { target, module } = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    this.write('own-port.js', ts.transpileModule(given, { compilerOptions: { target, module } }).outputText);
    const ran = await this.start([process.execPath, 'own-port.js']);
    rmSync(join(this.folder, 'own-port.js'));
    return ran;
  }

  /** Checks all TypeScript of the page at once, as strictly as our own. */
  checkTypes(): Promise<Outcome> {
    return this.start([process.execPath, resolve('node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json']);
  }

  clear(): void {
    for (const session of this.sessions.values()) session.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private python(code: string, context: TestContext): Promise<Outcome> {
    const command = python(code, context);
    const session =
      this.sessions.get(command) ?? new PythonSession(command, this.folder, { ...process.env, ...this.env });
    this.sessions.set(command, session);
    return session.run(code);
  }

  private get env(): NodeJS.ProcessEnv {
    return { PATH: `${this.folder}${delimiter}${process.env.PATH}`, GENLOCK_INTERFACE: 'lo' };
  }

  private start(command: readonly string[]): Promise<Outcome> {
    return start(command, this.env, ['/bin/sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', this.folder]).ended;
  }

  private write(name: string, text: string, mode = 0o644): void {
    writeFileSync(join(this.folder, name), text, { mode });
  }
}

/** What a block needs that Python does not come with. */
export const pythonModules = (code: string): string[] =>
  ['cv2', 'pandas', 'matplotlib'].filter((name) => code.includes(`import ${name}`));

/** The Python that has what a block needs. */
function python(code: string, context: TestContext): string {
  const modules = pythonModules(code);
  const command = pythonWith(modules);
  if (command === undefined) missing(context, `python3 with ${modules.join(', ') || 'its standard library'}`);
  return command ?? 'python3';
}

function shell(code: string, context: TestContext): string[] {
  if (code.includes('ffmpeg')) needFfmpeg(context);
  return ['/bin/sh', '-e', '-c', code];
}

function missing(context: TestContext, what: string): void {
  if (!required) context.skip(`no ${what} here`);
}

/** Skips a test where there is no ffmpeg; in CI it fails then. */
export function needFfmpeg(context: TestContext): void {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
  } catch {
    missing(context, 'ffmpeg');
  }
}
