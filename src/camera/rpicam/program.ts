import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { OptionError } from '../../errors.ts';
import { type ListedCamera, parseCameraList } from '../../rpicam/list-cameras.ts';

/** What the stock program is called; the second is its name before 2024. */
const NAMES = ['rpicam-vid', 'libcamera-vid'];
/** A program that has not listed its cameras by then has none for us, in ms. */
const PATIENCE_MS = 5_000;

/**
 * The path of the stock program.
 * @param given a path, or a name on PATH.
 * @returns undefined where none was given and none is on PATH.
 * @throws OptionError where the one that was given can't be run.
 */
export async function findStockProgram(
  given?: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const names = given === undefined ? NAMES : [given];
  const paths = names.flatMap((name) => (name.includes('/') ? [name] : folders.map((folder) => join(folder, name))));
  for (const path of paths) {
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  if (given === undefined) return undefined;
  throw new OptionError('rpicamVid', given, 'no program that can be run; give the path of rpicam-vid');
}

/** What a program printed; `failed` says why it is not to be relied on. */
interface Printed {
  readonly text: string;
  readonly failed?: string;
}

/** Runs the stock program for what it prints; never longer than a few seconds, and never throws. */
function ask(program: string, args: readonly string[]): Promise<Printed> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { timeout: PATIENCE_MS, killSignal: 'SIGKILL', maxBuffer: 1 << 20 },
      (error, stdout, stderr) => {
        const lastLine = stderr.trim().split('\n').at(-1) ?? '';
        const why = error?.killed === true ? `no answer within ${PATIENCE_MS / 1000} s` : lastLine || error?.message;
        resolve(error === null ? { text: stdout } : { text: stdout, failed: why ?? 'failed' });
      },
    );
  });
}

/** The first line of what it says to `--version`; undefined where that is nothing. */
export const firstLine = (versionText: string): string | undefined =>
  versionText
    .split('\n')
    .find((line) => line.trim() !== '')
    ?.trim();

/** All that the program says to `--version`; empty where it does not answer. */
export const stockVersionText = async (program: string): Promise<string> => (await ask(program, ['--version'])).text;

/** Whether the program's help has `--sync`; undefined where it does not answer. */
export async function stockHasSync(program: string): Promise<boolean | undefined> {
  const { text, failed } = await ask(program, ['--help']);
  return failed === undefined ? /^\s*--sync\b/m.test(text) : undefined;
}

/** The cameras that the program finds. `failed` says why there may be others. */
export async function listStockCameras(program: string): Promise<{ cameras: ListedCamera[]; failed?: string }> {
  const { text, failed } = await ask(program, ['--list-cameras']);
  return { cameras: parseCameraList(text), ...(failed !== undefined && { failed }) };
}

/** Why a stock camera can't be had that the program does not find, and which it finds. */
export const noSuchCamera = (program: string, cameras: readonly ListedCamera[]): string => {
  const there = cameras.map(({ index, model }) => `${index} (${model})`).join(', ');
  return `no such camera; ${program} finds ${there === '' ? 'none at all' : `camera ${there}`}`;
};
