import { OptionError } from '../../errors.ts';
import { splitMicrophone } from '../../options/microphones.ts';
import { TAKE_WORD } from '../../take-words.ts';

/** A microphone of a take. */
export interface NamedMicrophone {
  /** What it is called: its file is this with `.wav` behind. */
  readonly name: string;
  readonly spec: string;
}

/**
 * Gives each microphone of a take its name: the one that it was given, else `sound`, `sound2` and so on.
 * @param cameras what the take's cameras are called.
 * @throws OptionError that names the one whose name can't be one, or is another's too.
 */
export function nameMicrophones(asked: readonly string[], cameras: readonly string[]): readonly NamedMicrophone[] {
  const named = asked.map(splitMicrophone).map(({ name, spec }, i) => ({
    name: name ?? (i === 0 ? 'sound' : `sound${i + 1}`),
    spec,
  }));
  const taken = new Set(cameras.map((name) => name.toLowerCase()));
  for (const { name } of named) {
    const refuse = (why: string): OptionError => new OptionError('audio', name, why);
    if (!TAKE_WORD.test(name) || name.startsWith('-'))
      throw refuse('is no name for a microphone: give letters, digits, - and _, not a - first (boom=alsa:hw:1)');
    if (taken.has(name.toLowerCase()))
      throw refuse('is the name of another camera or microphone of the take; give each one of its own');
    taken.add(name.toLowerCase());
  }
  return named;
}
