import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { FailureError } from '../../errors.ts';
import { makeFolder } from '../../record/make-folder.ts';
import { writeWhole } from '../../record/whole-file.ts';

/** What systemd calls it. */
export const UNIT = 'genlock-agent.service';

/**
 * Writes a unit for this user's systemd that runs the agent.
 * @returns the file.
 * @throws FailureError that names the file where it can't be written.
 */
export async function installUnit(env = process.env): Promise<string> {
  const { XDG_CONFIG_HOME: xdg } = env;
  const folder = join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.config'), 'systemd', 'user');
  await makeFolder(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new FailureError(`${folder}: can't be made: ${cause.code}`, { cause });
  });
  const program = await realpath(process.argv[1] ?? '');
  const file = join(folder, UNIT);
  await writeWhole(file, unitText(process.execPath, program, env));
  return file;
}

/** Of the environment, what the agent goes by. */
const KEPT = ['GENLOCK_STATE', 'GENLOCK_INTERFACE'];

/** What systemd.service(5) reads; of the environment it keeps what says where state and network are. */
export function unitText(node: string, program: string, env: NodeJS.ProcessEnv): string {
  const kept = KEPT.filter((name) => env[name]).map((name) => quoted(`${name}=${env[name]}`));
  return [
    '[Unit]',
    'Description=Cameras of this host for its genlock rig',
    '',
    '[Service]',
    `ExecStart=${[node, program].map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')} agent`,
    ...(kept.length === 0 ? [] : [`Environment=${kept.join(' ')}`]),
    // Cameras of a take that runs go on to its end.
    'KillMode=process',
    'Restart=on-failure',
    'RestartSec=5',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');
}

/** A word of a unit: `%` means something there, and signs after a backslash; in commands `$` does too. */
const quoted = (word: string): string => `"${word.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
