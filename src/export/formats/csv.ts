import type { ExportFormat } from '../format.ts';
import type { ExportCamera, ExportPart, ExportTake } from '../take.ts';

/** Frames of a piece of the text. */
const AT_ONCE = 1000;

/** One table, a row a frame: index, and of each camera its wall clock, phase and state. */
export const CSV: ExportFormat = {
  name: 'csv',
  makes: 'one table: index, and wall clock, phase and state of each camera',
  plan(take) {
    return {
      files: [{ path: `${take.name}.csv`, text: rows(take) }],
      toldIn: 'the columns *_state',
      next: [
        `In Python: table = pandas.read_csv("${take.name}.csv", index_col="index")`,
        '  CAMERA_wall_clock_us  when the frame was captured, us since 1970 on the clock of its host; empty for a repeat',
        "  CAMERA_phase_us       how far it was behind its place on the server's timeline, us; empty where not known",
        '  CAMERA_state          captured; a repeat of the frame before: missed, overload, lost, repeated (cause not',
        '                        known); unknown: its row is lost; absent: no file of the camera has it',
      ],
    };
  },
};

function* rows({ cameras, frames }: ExportTake): Generator<string> {
  const columns = ['wall_clock_us', 'phase_us', 'state'];
  yield `${['index', ...cameras.flatMap(({ name }) => columns.map((each) => `${name}_${each}`))].join(',')}\n`;
  for (let from = 0; from < frames; from += AT_ONCE) {
    let text = '';
    for (let index = from; index < Math.min(frames, from + AT_ONCE); index++)
      text += `${[index, ...cameras.map((camera) => fieldsOf(camera, index))].join(',')}\n`;
    yield text;
  }
}

function fieldsOf({ parts }: ExportCamera, index: number): string {
  const part = parts.find(({ firstIndex, states }) => index >= firstIndex && index < firstIndex + states.length);
  if (part === undefined) return ',,absent';
  const at = index - part.firstIndex;
  return [
    part.states[at] === 'captured' ? decimal(part.wallUs, at) : '',
    decimal(part.phaseUs, at),
    stateAt(part, at),
  ].join(',');
}

const stateAt = ({ states }: ExportPart, at: number): string => states[at] ?? 'unknown';

function decimal(values: Float64Array, at: number): string {
  const value = values[at] ?? Number.NaN;
  return Number.isNaN(value) ? '' : String(Number(value.toFixed(3)));
}
