import { dirname, join } from 'node:path';
import { getNodeValue, type Node } from 'jsonc-parser';
import { OptionError, UsageError } from '../../errors.ts';
import { readText } from '../../regular-file.ts';
import { CAMERA_FIELDS, cameraFault } from '../cameras.ts';
import { nearestName } from '../nearest.ts';
import { withSides } from '../sizes.ts';
import { checkTake, type TakeAsked, type TakeValues, takeOptionList } from '../take.ts';
import { rigFields } from './fields.ts';
import { JsonText } from './text.ts';

/** What a rig file may have, in bytes: sixty-four cameras many times over. */
const MOST_BYTES = 1 << 20;

/** A rig file, read and checked. */
export interface Rig {
  /** Its path, as it was given. */
  readonly file: string;
  /** What it asks of a take, as `record` takes it; without its folder. */
  readonly options: TakeAsked;
  /** The folder that takes are made in, each in one of its own, as a path; undefined where the file names none. */
  readonly takes: string | undefined;
}

/** A rig with what it takes to use it. */
export interface CheckedRig extends Rig {
  readonly values: TakeValues;
  /**
   * Where an option stands, or one of its cameras (`cameras[1]`): `genlock.json:3`. Undefined where the file doesn't
   * say it.
   */
  place(option: string): string | undefined;
}

/**
 * Reads a rig file: JSON with comments, of the options of a take.
 * @throws UsageError that names the file, the line, the field and what would be right.
 */
export async function readRigFile(file: string): Promise<CheckedRig> {
  let text: string;
  try {
    text = await readText(file, MOST_BYTES);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${file}: ${code === 'ENOENT' ? 'there is no such rig file' : message}`);
  }
  return parseRig(file, text);
}

/** The same of a text. @param file its path, for messages and for what is named from its folder on. */
export function parseRig(file: string, text: string): CheckedRig {
  const json = new JsonText(file, text);
  const fields = json.fields(json.root, 'a rig');
  const given: Record<string, unknown> = {};
  for (const [name, { key, value }] of fields) {
    if (name === '$schema') continue;
    const field = rigFields.find(([each]) => each === name);
    if (field === undefined) throw json.error(key.offset, unknownField(name));
    if (name === 'cameras') checkCameras(json, value);
    // The parser's objects have no prototype.
    given[name] = structuredClone(getNodeValue(value));
    checkField(json, value, name, given[name]);
  }
  const place = (option: string): string | undefined => {
    const [, name = option, index] = /^(.*)\[(\d+)\]$/.exec(option) ?? [];
    const side = name === 'width' || name === 'height' ? fields.get('size') : undefined;
    const { value } = fields.get(name) ?? side ?? {};
    const at = index === undefined ? value : (value?.children?.[Number(index)] ?? value);
    return at && json.place(at.offset);
  };
  try {
    const { output, ...options } = given as TakeAsked;
    return {
      file,
      options: withSides(options),
      takes: output === undefined ? undefined : join(dirname(file), output),
      values: checkTake(options),
      place,
    };
  } catch (error) {
    throw placed(error, { place });
  }
}

/**
 * An error of a take's options, with where the option stands in the rig if it is from there.
 * @param given what was asked for over the rig.
 * @param say how options are named that are not from the rig.
 */
export function placed(
  error: unknown,
  rig: Pick<CheckedRig, 'place'>,
  given: TakeValues = {},
  say: (option: string) => string = (option) => option,
): unknown {
  if (!(error instanceof OptionError)) return error;
  const place = (option: string): string | undefined =>
    option.replace(/\[.*/, '') in given ? undefined : rig.place(option);
  const at = place(error.option);
  if (at === undefined) return error;
  const text = error.saidWith((option) => (place(option) === undefined ? say(option) : option));
  return new UsageError(`${at}: ${text}`, { cause: error });
}

function checkField(json: JsonText, node: Node, name: string, value: unknown): void {
  try {
    checkTake({ [name]: value } as TakeAsked);
  } catch (error) {
    throw json.error(node.offset, (error as Error).message);
  }
}

/** Each camera by itself: the line of a list is not where the wrong one stands. */
function checkCameras(json: JsonText, node: Node): void {
  if (node.type !== 'array') return;
  for (const [i, camera] of (node.children ?? []).entries()) {
    const called = `cameras[${i}]`;
    const fields = camera.type === 'object' ? json.fields(camera, called) : new Map<string, never>();
    const fault = cameraFault(getNodeValue(camera));
    if (fault === undefined) continue;
    const at = fault.field === undefined ? undefined : fields.get(fault.field);
    const name = fault.field === undefined ? called : `${called}.${fault.field}`;
    const near = at !== undefined && !Object.hasOwn(CAMERA_FIELDS, fault.field as string);
    const shown = at?.value.type === 'object' || at === undefined ? '' : ` ${JSON.stringify(getNodeValue(at.value))}`;
    throw json.error(
      (at?.key ?? camera).offset,
      near ? `${name}: ${unknownIn(fault.field as string)}` : `${name}${shown}: ${fault.text}`,
    );
  }
}

const unknownIn = (field: string): string => {
  const names = Object.keys(CAMERA_FIELDS);
  const option = fieldOfFlag(field);
  const near = option !== undefined && names.includes(option) ? option : nearestName(field, names);
  return `is no field of a camera; ${near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`}`;
};

/** The field that a command line writes so: `exposureUs` for `shutter`. */
const fieldOfFlag = (flag: string): string | undefined =>
  rigFields.find(([, option]) => option.flag === flag.replace(/^--/, '').toLowerCase())?.[0];

function unknownField(name: string): string {
  const flags = rigFields.map(([, { flag }]) => flag);
  const near =
    fieldOfFlag(name) ??
    nearestName(
      name,
      rigFields.map(([each]) => each),
    );
  const field = near ?? fieldOfFlag(nearestName(name, flags) ?? '');
  const option = rigFields.find(([each]) => each === field)?.[1];
  if (takeOptionList.some(([each]) => each === name)) return `${name}: is no field of a rig: it is asked of one take`;
  if (option === undefined) return `${name}: is no field of a rig; docs/rig.md lists them`;
  return `${name}: is no field of a rig; did you mean ${field}? It is ${option.kind.takes}`;
}
