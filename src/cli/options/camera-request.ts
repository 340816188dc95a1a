import type { CameraRequest, ImageSettings } from '../../camera/camera.ts';
import { cameraSpec } from '../../camera/open.ts';
import type { FrameRate } from '../../time/frame-rate.ts';
import type { Asked } from './read.ts';
import { OPTIONS, type OptionName, type OptionValues } from './table.ts';

/** What is handed to the camera as it was given; it says what it can't do. */
const CONTROLS = [
  'metering',
  'exposure',
  'ev',
  'awb',
  'ccm',
  'denoise',
  'hdr',
  'flicker-period',
  'autofocus-mode',
  'autofocus-range',
  'autofocus-speed',
  'autofocus-window',
  'lens-position',
  'buffer-count',
] as const satisfies readonly OptionName[];

/** What the camera is opened for. @throws UsageError where there is no such camera. */
export function cameraRequest(asked: Asked, frameRate: FrameRate): CameraRequest {
  const { values } = asked;
  const { camera, shutter, analoggain, mode } = values;
  const image = imageSettings(values);
  const controls = controlsOf(asked);
  return {
    spec: cameraSpec(camera),
    name: values.name ?? (/^\d+$/.test(camera) ? `cam${camera}` : 'camera'),
    width: values.width || 640,
    height: values.height || 480,
    frameRate,
    ...(shutter > 0 && { exposureUs: shutter }),
    ...(analoggain > 0 && { gain: analoggain }),
    ...(Object.keys(image).length > 0 && { image }),
    ...(mode !== undefined && { sensorMode: mode }),
    ...(Object.keys(controls).length > 0 && { controls }),
  };
}

/** What is asked of the picture beyond leaving it as it is. */
function imageSettings(values: OptionValues): ImageSettings {
  const { hflip, vflip, rotation, roi, brightness, contrast, saturation, sharpness, awbgains } = values;
  return {
    ...(hflip && { hflip }),
    ...(vflip && { vflip }),
    ...(rotation !== 0 && { rotation }),
    ...(roi !== undefined && { roi }),
    ...(brightness !== 0 && { brightness }),
    ...(contrast !== 1 && { contrast }),
    ...(saturation !== 1 && { saturation }),
    ...(sharpness !== 1 && { sharpness }),
    ...(awbgains !== undefined && { awbGains: awbgains }),
  };
}

function controlsOf({ given, values }: Asked): Record<string, string> {
  const asked: Record<string, string> = {};
  for (const name of CONTROLS) {
    const text = given.get(name);
    const { default: usual, parse } = OPTIONS[name];
    const same = usual !== undefined && JSON.stringify(parse(name, usual)) === JSON.stringify(values[name]);
    if (text !== undefined && text !== '' && !same) asked[name] = text;
  }
  return asked;
}
