import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { literalName } from '../../record/segments/name-pattern.ts';

/** How a process was started. */
export interface ProcessCommand {
  /** Its arguments with blanks between. */
  readonly text: string;
  /** Undefined where the system doesn't tell them apart. */
  readonly arguments?: readonly string[];
  /** Where it works, if that can be told. */
  readonly cwd?: string | undefined;
}

/** @returns undefined where there is no such process, or it has ended and nobody has asked for its end yet. */
export async function commandOf(pid: number): Promise<ProcessCommand | undefined> {
  if (process.platform !== 'linux') return commandByPs(pid);
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (line === '') return undefined;
  const given = line.replace(/\0$/, '').split('\0');
  return { text: given.join(' '), arguments: given, cwd: await readlink(`/proc/${pid}/cwd`).catch(() => undefined) };
}

/** As `ps` of POSIX has it. */
export function commandByPs(pid: number): Promise<ProcessCommand | undefined> {
  return new Promise((resolve) => {
    execFile('ps', ['-ww', '-o', 'command=', '-p', String(pid)], (error, out) => {
      const text = out.trim();
      resolve(error || text === '' ? undefined : { text });
    });
  });
}

/**
 * Whether it was given a file of this folder whose name begins so, by whatever path; where arguments can't be told
 * apart, such a name will do.
 */
export async function names(command: ProcessCommand, folder: string, beginning: string): Promise<boolean> {
  const { arguments: given, cwd, text } = command;
  if (given === undefined || cwd === undefined) return text.includes(beginning);
  const place = await realpath(folder);
  for (const each of given) {
    if (!basename(each).startsWith(beginning)) continue;
    // Programs that take patterns for names are given literal ones.
    for (const path of new Set([each, literalName(each)])) {
      const named = await realpath(dirname(resolve(cwd, path))).catch(() => undefined);
      if (named === place) return true;
    }
  }
  return false;
}
