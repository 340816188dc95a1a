import { Command } from 'commander';
import { numberedCameras } from '../camera/open.ts';
import { parseVirtualSpec } from '../camera/virtual/spec.ts';
import type { ListedCamera } from '../rpicam/list-cameras.ts';
import { findStockProgram, listStockCameras } from '../run/stock/program.ts';
import { modeName, modesOf, sensorModels } from '../sensor/sensor-models.ts';

export function camerasCommand(): Command {
  return new Command('cameras')
    .description('List the cameras that have a number, and the specs that reach others.')
    .option('--rpicam-vid <program>', 'what runs stock Raspberry Pi cameras; else rpicam-vid or libcamera-vid on PATH')
    .option('--json', 'as JSON')
    .allowExcessArguments(false)
    .action(async (flags: { json?: boolean; rpicamVid?: string }) => {
      const stock = await stockCameras(flags.rpicamVid);
      process.stdout.write(flags.json ? `${JSON.stringify(described(stock), null, 2)}\n` : listCameras(stock));
    });
}

/** What the machine's own program finds. */
interface Stock {
  readonly program: string;
  readonly cameras: readonly ListedCamera[];
  /** Why there may be others. */
  readonly failed?: string;
}

async function stockCameras(given: string | undefined): Promise<Stock | undefined> {
  const program = await findStockProgram(given);
  return program === undefined ? undefined : { program, ...(await listStockCameras(program)) };
}

function described(stock: Stock | undefined) {
  return {
    ...(stock && {
      stock: {
        program: stock.program,
        cameras: stock.cameras.map((camera) => ({ spec: `rpicam:${camera.index}`, ...camera })),
        ...(stock.failed !== undefined && { failed: stock.failed }),
      },
    }),
    cameras: numberedCameras().map(({ number, spec, virtual }) => {
      const { mode, ppm, seed } = parseVirtualSpec(spec);
      return { number, spec, virtual, steered: true, model: mode.model, mode: modeName(mode), ppm, seed };
    }),
    models: sensorModels().map((model) => ({
      model,
      modes: modesOf(model).map((mode) => ({
        mode: modeName(mode),
        lineUs: mode.lineUs,
        maxFps: maxFps(mode.shortestFrameUs),
      })),
    })),
  };
}

/** The list as people read it. */
export function listCameras(stock?: Stock): string {
  const { cameras, models } = described(stock);
  const lines = stock === undefined ? [] : stockLines(stock);
  const real = (stock?.cameras.length ?? 0) > 0;
  lines.push(
    real
      ? 'Virtual cameras, by their spec (they look at a drawn scene, with the timing of the real sensor):'
      : 'Cameras by number (virtual: they look at a drawn scene, with the timing of the real sensor):',
  );
  for (const { number, model, mode, spec } of cameras) lines.push(`  ${number}  ${model}  ${mode}  ${spec}`);
  lines.push('', 'Other cameras by their spec:');
  for (const { model, modes } of models) {
    lines.push(
      `  virtual:${model.padEnd(8)} ${modes.map(({ mode, maxFps }) => `${mode} (to ${maxFps} fps)`).join(', ')}`,
    );
  }
  lines.push(
    '  v4l2:/dev/video0 and other devices, libav:FILE, lavfi:GRAPH   timestamped and matched to slots, not steered',
    '',
  );
  return lines.join('\n');
}

function stockLines({ program, cameras, failed }: Stock): string[] {
  const lines = cameras.map(
    ({ index, model, width, height }) => `  ${index}  ${model}  ${width}x${height}  rpicam:${index}`,
  );
  if (lines.length === 0) lines.push(`  none${failed === undefined ? '' : `: ${failed}`}`);
  return [`Stock cameras by number (${program} runs them, for genlock record):`, ...lines, ''];
}

const maxFps = (shortestUs: number): number => Math.floor(1e7 / shortestUs) / 10;
