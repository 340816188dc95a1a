import { OptionError } from '../../errors.ts';
import type { CameraBackend } from '../backend.ts';
import { stockNumber, stockSpec } from './spec.ts';

/** Stock Raspberry Pi cameras: the machine's own rpicam-vid runs them, and corrects them by its own algorithm. */
export const rpicamBackend: CameraBackend = {
  scheme: 'rpicam',
  help: { form: 'rpicam:NUMBER', about: 'a stock Raspberry Pi camera, run by rpicam-vid', called: 'stock' },
  program: 'rpicam-vid',
  choosesExposure: true,

  check(spec) {
    const number = stockNumber(spec);
    if (number !== undefined) return stockSpec(number);
    throw new OptionError('camera', spec, "rpicam: is followed by the camera's number, as in rpicam:0");
  },

  async list(given) {
    const { findStockProgram, listStockCameras } = await import('./program.ts');
    const program = await findStockProgram(given);
    if (program === undefined) return undefined;
    const { cameras, failed } = await listStockCameras(program);
    return {
      program,
      ...(failed !== undefined && { failed }),
      cameras: cameras.map(({ index, ...camera }) => ({
        number: index,
        spec: stockSpec(index),
        model: camera.model,
        mode: `${camera.width}x${camera.height}`,
        details: { index, ...camera },
      })),
    };
  },

  open({ spec }) {
    const stock = stockNumber(spec);
    const named = stock === undefined ? 'rpicam:NUMBER' : stockSpec(stock);
    return Promise.reject(
      new OptionError(
        'camera',
        spec,
        `a stock camera is run by rpicam-vid itself; it is recorded in a take (genlock record), as ${named}, or follows a server with {sync} client`,
      ),
    );
  },
};
