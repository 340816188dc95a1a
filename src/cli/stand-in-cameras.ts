import { listCameras } from '../camera/listing.ts';
import { type NumberedCamera, numberedCameras } from '../camera/open.ts';
import { sensorListing } from '../camera/virtual/sensor-listing.ts';
import { parseVirtualSpec } from '../camera/virtual/spec.ts';
import { OptionError } from '../errors.ts';
import type { StandIn } from '../run/stand-in/behaviour.ts';

/** The cameras that a stand-in has: the first ones with a number, with the sensors that it was told of. */
const cameras = ({ cameras: count, models = [] }: StandIn): NumberedCamera[] =>
  numberedCameras()
    .slice(0, count)
    .map((camera) => {
      const model = models[camera.number % models.length];
      return model === undefined
        ? camera
        : { ...camera, spec: camera.spec.replace(/^virtual:\w+/, `virtual:${model}`) };
    });

/** What `rpicam-vid --list-cameras` prints. @throws UsageError where there is no such sensor. */
export function listStandIns(standIn: StandIn): string {
  const listed = cameras(standIn).map(({ number, spec }) => {
    const { model } = parseVirtualSpec(spec).mode;
    return { number, model, id: spec, ...sensorListing(model) };
  });
  return listCameras(listed);
}

/** The camera that stands in for the one of this spec. @throws OptionError where that has a number beyond its own. */
export function standInSpec(spec: string, standIn: StandIn): string {
  const number = numberedCameras().find((camera) => camera.spec === spec)?.number;
  const own = cameras(standIn);
  if (number !== undefined && number >= own.length) {
    throw new OptionError('camera', number, `no such camera; there are 0 to ${own.length - 1}`);
  }
  const stands = own.find((camera) => camera.number === number)?.spec ?? spec;
  return standIn.drop === 0 ? stands : `${stands}${stands.includes('?') ? '&' : '?'}drop=${standIn.drop}`;
}
