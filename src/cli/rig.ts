import { Command } from 'commander';
import { splitHost, splitName } from '../options/cameras.ts';
import { RIG_FILE, rigFields } from '../options/rig/fields.ts';
import { nameCameras } from '../run/plan/camera-names.ts';
import { leaveRig, takeOptions } from '../run/plan/options.ts';
import { rigLine, withPlaces } from './found-rig.ts';
import { addRigKey } from './rig-key.ts';
import { addTakeOptions, type TakeFlags, takeValues } from './take-flags.ts';

export function rigCommand(): Command {
  const command = new Command('rig').description(
    `Options of a take in a file, which genlock record takes where it is called ${RIG_FILE}: docs/rig.md. And a rig of\n` +
      'many hosts, with its key: docs/hosts.md.',
  );
  const save = command
    .command('save')
    .description("Write a rig file that says what a command line says: record's options.")
    .argument('[file]', 'the file to write', RIG_FILE);
  const fields = rigFields.map(([name]) => name);
  addTakeOptions(save, (name) => fields.includes(name));
  save.option('--force', 'replace a file that is there').allowExcessArguments(false).action(saveAsked);
  command
    .command('show')
    .description('Show what genlock record would do with a rig file; no camera is opened.')
    .argument('[file]', 'the rig file', RIG_FILE)
    .option('--json', 'as JSON')
    .allowExcessArguments(false)
    .action(show);
  addRigKey(command);
  return command;
}

async function saveAsked(file: string, flags: TakeFlags): Promise<void> {
  const values = takeValues(flags);
  if (typeof values.cameras === 'object') {
    const parts = values.cameras.map(splitName).map(({ name, camera }) => ({ name, ...splitHost(camera) }));
    nameCameras(parts.map(({ camera, ...called }) => ({ ...called, spec: camera })));
  }
  const { saveRig } = await import('../options/rig/save.ts');
  await saveRig(file, values, flags.force === true);
  process.stdout.write(`rig: ${file}\n`);
}

async function show(file: string, { json = false }: { json?: boolean }): Promise<void> {
  const { readRigFile } = await import('../options/rig/read.ts');
  const rig = await readRigFile(file);
  const { printTake } = await import('./print-take.ts');
  await withPlaces(rig, {}, async () => {
    const options = await takeOptions(rig.values, undefined, rig.takes);
    process.stderr.write(`${rigLine(rig)}\n`);
    try {
      await printTake(options, rig.values, { json, rig: file });
    } finally {
      await leaveRig(options);
    }
  });
}
