import { cameraSpec, numberedCameras } from '../../camera/open.ts';
import { OptionError } from '../../errors.ts';
import { findStockProgram, listStockCameras } from './program.ts';

/** How many virtual cameras a take has unless told otherwise. */
const DEFAULT_VIRTUAL = 2;

/**
 * The specs of a take's cameras. Numbers are those of the machine's own cameras where it has a stock program; else those of the virtual ones. A
 * machine that has one never records virtual cameras unless they are named by their spec.
 * @param given numbers and specs; or how many numbered cameras; undefined is all stock ones, or two virtual ones.
 * @param rpicamVid the stock program, where it was named.
 * @throws UsageError where there is no such camera, or the stock program can't tell.
 */
export async function chooseCameras(
  given: number | readonly string[] | undefined,
  rpicamVid?: string,
): Promise<readonly string[]> {
  const numbered = typeof given !== 'object' || given.some((each) => /^\d+$/.test(each));
  const stock = numbered ? await stockNumbers(rpicamVid) : [];
  const there = stock.length > 0 ? stock.length : numberedCameras().length;
  if (typeof given === 'number' && given > there) {
    throw new OptionError(
      'cameras',
      given,
      `must be a whole number from 1 to ${there}, as many ${stock.length > 0 ? 'as rpicam-vid finds' : 'as have a number'} (see genlock cameras)`,
    );
  }
  const count = typeof given === 'number' ? given : stock.length > 0 ? stock.length : DEFAULT_VIRTUAL;
  if (typeof given !== 'object') {
    return stock.length > 0
      ? stock.slice(0, count).map((number) => `rpicam:${number}`)
      : Array.from({ length: count }, (_, i) => cameraSpec(String(i)));
  }
  return given.map((each, i) => {
    const option = `cameras[${i}]`;
    if (stock.length === 0 || !/^\d+$/.test(each)) return cameraSpec(each, option);
    if (stock.includes(Number(each))) return `rpicam:${Number(each)}`;
    throw new OptionError(
      option,
      each,
      `no such camera; rpicam-vid finds ${stock.join(', ')}; virtual ones are virtual:imx219 and the like`,
    );
  });
}

/**
 * The machine's own cameras, by number; none where there is no program.
 * @throws UsageError where it finds none, with its own words where it says why.
 */
async function stockNumbers(rpicamVid: string | undefined): Promise<number[]> {
  const program = await findStockProgram(rpicamVid);
  if (program === undefined) return [];
  const { cameras, failed } = await listStockCameras(program);
  if (cameras.length > 0) return cameras.map(({ index }) => index);
  const why = failed === undefined ? 'finds no camera' : `can't list its cameras: ${failed}`;
  throw new OptionError(
    'cameras',
    undefined,
    `${program} ${why}; see to that, or name virtual ones by their specs: virtual:imx219 virtual:imx708`,
  );
}
