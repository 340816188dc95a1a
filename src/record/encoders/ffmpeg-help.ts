import { runCommand, type SystemFfmpeg } from '../../libav/system-ffmpeg.ts';

/** What ffmpeg says of an encoder. */
export interface EncoderHelp {
  /** Its own options' names. */
  readonly own: ReadonlySet<string>;
  /** Names of options that all encoders have. */
  readonly general: ReadonlySet<string>;
  /** It works with hardware, which may be missing. */
  readonly hardware: boolean;
}

const asked = new Map<string, Promise<string>>();

/** Asks ffmpeg for an encoder's options, once. */
export async function encoderHelp({ command }: SystemFfmpeg, encoder: string): Promise<EncoderHelp> {
  const [own, full] = await Promise.all([help(command, `encoder=${encoder}`), help(command, 'full')]);
  const section = /^AVCodecContext AVOptions:\n([\s\S]*?)\n\n/m.exec(full)?.[1] ?? '';
  const hardware = /^ *General capabilities:.*\bhardware\b/m.test(own);
  return { own: optionNames(own), general: optionNames(section), hardware };
}

function help(command: string, topic: string): Promise<string> {
  const key = `${command} ${topic}`;
  let asking = asked.get(key);
  if (!asking) {
    asking = runCommand(command, ['-hide_banner', '-h', topic]).then(({ out }) => out);
    asked.set(key, asking);
  }
  return asking;
}

/** Lines such as `  -preset  <string>  E..V....... Set the encoding preset`. */
const optionNames = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^ {2}-(\S+) +<\w+> +E/gm)].map(([, name = '']) => name));
