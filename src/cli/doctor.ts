import { Command } from 'commander';
import { exitNow } from '../host/exit-now.ts';
import type { TakeOptionName } from '../options/take.ts';
import { Examination } from '../run/doctor/examine.ts';
import { colourOption, onStdout } from './colours.ts';
import { doctorTable } from './doctor-table.ts';
import { ProgressLine } from './progress-line.ts';
import { addTakeOptions, type TakeFlags, takeValues } from './take-flags.ts';

/** What of a take there is something to look at for. */
const OPTIONS: readonly TakeOptionName[] = [
  ...(['cameras', 'frameRate', 'width', 'height', 'size', 'output', 'rpicamVid'] as const),
  ...(['encoder', 'preset', 'group', 'interface'] as const),
];

interface DoctorFlags extends TakeFlags {
  readonly json?: boolean;
  readonly steering?: boolean;
  readonly color: string;
}

export function doctorCommand(): Command {
  const command = new Command('doctor').description(
    'Look at everything that a take needs on this machine: software, cameras and their modes, network, clock, disk,\n' +
      'encoder, and on a Raspberry Pi memory, temperature and power. It takes the options of the take, and records\n' +
      'nothing. Exit code 0 where such a take works, 1 where it would fail: then a line says what to do.',
  );
  addTakeOptions(command, (name) => OPTIONS.includes(name));
  command.option('--steering', 'open the stock cameras for ten seconds, and tell how well they can be steered');
  command.option('--json', 'what was found as JSON, for a bug report (docs/doctor.schema.json)');
  command.addOption(colourOption());
  return command.allowExcessArguments(false).action(doctor);
}

async function doctor(flags: DoctorFlags): Promise<void> {
  const progress = new ProgressLine();
  await progress.ready;
  const report = await new Examination(takeValues(flags), flags.steering === true, (what) => progress.show(what)).run();
  progress.clear();
  const { stdout } = process;
  const text = flags.json ? `${JSON.stringify(report, null, 2)}\n` : doctorTable(report, onStdout(flags.color));
  const code = report.good ? 0 : 1;
  // What did not answer in its time would hold up an ordinary end.
  stdout.write(text, () => exitNow(code));
}
