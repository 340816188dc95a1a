import { modeName, modesOf, sensorModels } from '../../sensor/sensor-models.ts';
import type { CameraBackend, CameraModel, FoundCamera } from '../backend.ts';
import { modeAtRate } from './choose-mode.ts';
import { chooseExposure } from './exposure.ts';
import { sensorListing } from './sensor-listing.ts';
import { NUMBERED, numberedSpec, parseVirtualSpec } from './spec.ts';

const numbered = Array.from({ length: NUMBERED }, (_, number) => numberedSpec(number));

/** Cameras that are not there: the timing of real sensors, looking at a drawn scene. */
export const virtualBackend: CameraBackend = {
  scheme: 'virtual',
  help: {
    form: 'virtual:MODEL',
    about: 'they look at a drawn scene, with the timing of the real sensor',
    called: 'virtual',
  },
  virtual: true,
  numbered,

  check(spec) {
    parseVirtualSpec(spec);
    return spec;
  },

  list: async () => ({ cameras: numbered.map(found) }),

  foresee(request) {
    const { mode, frameUs } = modeAtRate(parseVirtualSpec(request.spec), request, []);
    chooseExposure(request, mode, { frameUs, frameRate: request.frameRate }, []);
    return { model: mode.model, mode: modeName(mode) };
  },

  models: () => sensorModels().map((model) => ({ model, modes: modesOf(model).map(described) })),

  async open(request, clock) {
    const { VirtualCamera } = await import('./camera.ts');
    return new VirtualCamera(request, clock);
  },
};

function found(spec: string, number: number): FoundCamera {
  const { mode, ppm, seed } = parseVirtualSpec(spec);
  const details = { virtual: true, steered: true, ppm, seed };
  return { number, spec, model: mode.model, mode: modeName(mode), sensor: sensorListing(mode.model), details };
}

const described = (mode: ReturnType<typeof modesOf>[number]): CameraModel['modes'][number] => ({
  mode: modeName(mode),
  lineUs: mode.lineUs,
  maxFps: Math.floor(1e7 / mode.shortestFrameUs) / 10,
});
