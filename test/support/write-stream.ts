/* Writes so many frames to an output. Arguments: encoder, output, frames. Says what failed in one line on stderr. */
import { chooseBackend } from '../../src/record/encoders/ways.ts';
import { testPicture } from './pictures.ts';

const [name, file = '-', frames] = process.argv.slice(2);
try {
  const backend = await chooseBackend(name);
  const encoder = await backend.open({ file, width: 320, height: 240, frameRate: { num: 30, den: 1 } });
  try {
    for (let slot = 0; slot < Number(frames); slot++) await encoder.write(testPicture(slot), slot);
  } finally {
    await encoder.close();
  }
} catch (error) {
  const { name, message } = error as Error;
  process.stderr.write(`${name}: ${message}\n`);
  process.exitCode = 1;
}
