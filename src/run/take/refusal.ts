import { OptionError, UsageError, withBraces } from '../../errors.ts';
import type { CameraEnd } from '../plan/camera.ts';
import { problemOf } from './finish.ts';

/**
 * The error of a take that never began because of what was asked for: it names the option where a camera's process told
 * one.
 * @param problems a line each, each naming its camera.
 */
export function refusal(
  problems: readonly string[],
  cameras: readonly { readonly name: string; readonly end: CameraEnd | undefined }[],
): UsageError {
  const faults = cameras.flatMap(({ name, end }) =>
    end?.ok === false && end.fault !== undefined ? [{ name, line: problemOf(name, end.error), fault: end.fault }] : [],
  );
  const first = faults.find(({ line }) => problems.includes(line));
  if (first === undefined) return new UsageError(problems.join('; '));
  const others = problems.filter((line) => line !== first.line);
  const further = others.map((line) => {
    const known = faults.find((each) => each.line === line);
    return `; ${known === undefined ? line : problemOf(known.name, withBraces(known.fault))}`;
  });
  const { option, value, text } = first.fault;
  return new OptionError(option, value, `${text}${further.join('')}`, { of: first.name });
}
