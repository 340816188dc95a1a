import { Command } from 'commander';
import type { CameraBackend, CameraList } from '../camera/backend.ts';
import { BACKENDS } from '../camera/backends.ts';
import { hanging } from './fold.ts';
import { screenColumns } from './terminal-size.ts';

export function camerasCommand(): Command {
  return new Command('cameras')
    .description('List the cameras that have a number, and the specs that reach others.')
    .option('--rpicam-vid <program>', 'what runs stock Raspberry Pi cameras; else rpicam-vid or libcamera-vid on PATH')
    .option('--json', 'as JSON')
    .allowExcessArguments(false)
    .action(async (flags: { json?: boolean; rpicamVid?: string }) => {
      const found = await lists(flags.rpicamVid);
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(described(found), null, 2)}\n`
          : camerasText(found, screenColumns(process.stdout)),
      );
    });
}

/** A backend and what it finds on this machine. */
type Found = CameraList & { readonly backend: CameraBackend };

async function lists(program: string | undefined): Promise<Found[]> {
  const all = await Promise.all(
    BACKENDS.map(async (backend) => {
      const list = await backend.list?.(backend.program === undefined ? undefined : program);
      return list === undefined ? [] : [{ ...list, backend }];
    }),
  );
  return all.flat();
}

/** As JSON has it: cameras that another program runs stand apart, with that program. */
function described(found: readonly Found[]) {
  const cameras = (list: CameraList) =>
    list.cameras.map(({ number, spec, model, mode, details }) => ({ number, spec, model, mode, ...details }));
  const others = found.filter(({ program }) => program !== undefined);
  return {
    ...Object.fromEntries(
      others.map((list) => {
        const { backend, program, failed } = list;
        const about = { program, cameras: cameras(list), ...(failed !== undefined && { failed }) };
        return [backend.help.called ?? backend.scheme, about];
      }),
    ),
    cameras: found.filter(({ program }) => program === undefined).flatMap(cameras),
    models: BACKENDS.flatMap((backend) => backend.models?.() ?? []),
  };
}

/** The list as people read it. @param columns characters a line; undefined where lines may be of any length. */
function camerasText(found: readonly Found[], columns: number | undefined): string {
  const real = found.filter(({ backend }) => !backend.virtual);
  const taken = real.some(({ cameras }) => cameras.length > 0);
  const virtual = found.filter(({ backend }) => backend.virtual);
  return [
    ...real.flatMap(realLines),
    ...virtual.flatMap(({ backend: { help }, cameras }) => [
      hanging(
        '',
        taken
          ? `${capital(`${help.called} cameras`)}, by their spec (${help.about}):`
          : `Cameras by number (${help.called}: ${help.about}):`,
        columns,
      ),
      // Where real cameras are, numbers stand for those.
      ...cameras.map(({ number, model, mode, spec }) => `  ${taken ? ' ' : number}  ${model}  ${mode}  ${spec}`),
      '',
    ]),
    'Other cameras by their spec:',
    ...BACKENDS.flatMap(specsOf).map(([form, about]) => hanging(`  ${form.padEnd(FORM_WIDTH)} `, about, columns)),
    '',
  ].join('\n');
}

function realLines({ backend, program, cameras, failed }: Found): string[] {
  const { called = 'other' } = backend.help;
  const by = program === undefined ? '' : ` (${program} runs them, for genlock record)`;
  const lines = cameras.map(({ number, model, mode, spec }) => `  ${number ?? ' '}  ${model}  ${mode}  ${spec}`);
  if (lines.length === 0) lines.push(`  none${failed === undefined ? '' : `: ${failed}`}`);
  return [`${capital(called)} cameras by number${by}:`, ...lines, ''];
}

/** How specs of a backend are written: its models where it has any, else its form; and what is to be said of each. */
function specsOf(backend: CameraBackend): (readonly [form: string, about: string])[] {
  const { scheme, help, program } = backend;
  if (program !== undefined) return [];
  const all = backend.models?.() ?? [];
  if (all.length === 0) return [[help.form, help.about]];
  return all.map(({ model, modes }) => [
    `${scheme}:${model}`,
    modes.map(({ mode, maxFps }) => `${mode} (to ${maxFps} fps)`).join(', '),
  ]);
}

const FORM_WIDTH = 16;
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
