import { Command } from 'commander';
import { numberedCameras } from '../camera/open.ts';
import { parseVirtualSpec } from '../camera/virtual/spec.ts';
import { modeName, modesOf, sensorModels } from '../sim/sensor-models.ts';

export function camerasCommand(): Command {
  return new Command('cameras')
    .summary('list the cameras')
    .description('List the cameras that have a number, and the specs that reach others.')
    .option('--json', 'as JSON')
    .allowExcessArguments(false)
    .action((flags: { json?: boolean }) => {
      process.stdout.write(flags.json ? `${JSON.stringify(described(), null, 2)}\n` : listCameras());
    });
}

function described() {
  return {
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
export function listCameras(): string {
  const { cameras, models } = described();
  const lines = ['Cameras by number (virtual: they look at a drawn scene, with the timing of the real sensor):'];
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

const maxFps = (shortestUs: number): number => Math.floor(1e7 / shortestUs) / 10;
