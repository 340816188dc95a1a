import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sensorModels } from '../../src/sensor/sensor-models.ts';
import { CLI } from './genlock.ts';

/** What a camera does to be worse than stock, in the form of GENLOCK_STAND_IN; by its number, or the same for all. */
export type Faults = string | Readonly<Record<number, string | FirstFaults>>;

/** What only the process does that records first: one that is started again has none. */
export interface FirstFaults {
  readonly first: string;
}

/** As many as any test's take has. */
const CAMERAS = 4;

/**
 * Puts a program called `rpicam-vid` into a folder, which is `genlock vid` behaving as a stock camera does, and tuning
 * files for its sensors.
 * @returns the program's path, and the environment that has it on PATH and finds the tuning files.
 */
export function standIn(folder: string, faults: Faults = 'on'): { program: string; env: NodeJS.ProcessEnv } {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const program = join(bin, 'rpicam-vid');
  const cases = Object.entries(typeof faults === 'string' ? {} : faults).map(([n, each]) =>
    typeof each === 'string'
      ? `${n}) faults=${each};;`
      : `${n}) case "$*" in *--sync*) mkdir "$0.first-$camera" 2>/dev/null && faults=${each.first};; esac;;`,
  );
  writeFileSync(
    program,
    `#!/bin/sh
camera=0 before=
for each in "$@"; do [ "$before" = --camera ] && camera=$each; before=$each; done
faults=${typeof faults === 'string' ? faults : 'on'}
case $camera in ${cases.join(' ')} esac
GENLOCK_STAND_IN=cameras=${CAMERAS},$faults exec '${process.execPath}' '${CLI}' vid "$@"
`,
  );
  chmodSync(program, 0o755);
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    LIBCAMERA_IPA_CONFIG_PATH: tuningFiles(join(folder, 'ipa')),
    GENLOCK_INTERFACE: 'lo',
  };
  return { program, env };
}

/** Tuning files as libcamera installs them, in a tree of their own. */
function tuningFiles(folder: string): string {
  for (const board of ['pisp', 'vc4']) {
    mkdirSync(join(folder, 'rpi', board), { recursive: true });
    const tuning = {
      version: 2.0,
      target: board === 'pisp' ? 'pisp' : 'bcm2835',
      algorithms: [{ 'rpi.black_level': { black_level: 4096 } }, { 'rpi.sync': {} }],
    };
    for (const model of sensorModels()) {
      for (const name of [model, `${model}_mono`]) {
        writeFileSync(join(folder, 'rpi', board, `${name}.json`), JSON.stringify(tuning));
      }
    }
  }
  return folder;
}
