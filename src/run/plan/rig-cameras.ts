import { backendOf, isStock, isVirtual } from '../../camera/backends.ts';
import { cameraSpec } from '../../camera/open.ts';
import { OptionError } from '../../errors.ts';
import type { HostCamera, HostState } from '../../hosts/control/host-state.ts';
import { type AskedCamera, type CamerasAsked, splitHost, splitName } from '../../options/cameras.ts';
import { version } from '../../version.ts';
import { type ChosenCamera, type Nameless, nameCameras } from './camera-names.ts';
import { type GivenCamera, givenCameras, named } from './choice.ts';
import type { RigPlaces, TakeRig } from './take-rig.ts';

/** What names a host, for errors: an option, and what it was given. */
interface NamedBy {
  readonly option: string;
  readonly value: string;
}

/** What is asked of a take whose cameras are on several hosts. */
export interface RigCamerasAsked {
  readonly cameras?: CamerasAsked | undefined;
  readonly hosts: boolean | readonly string[];
  readonly rpicamVid?: string | undefined;
}

/**
 * The cameras of a take on hosts of a rig: those that were given, with the host in front where one was named, and
 * behind them all others of the hosts that were named. Every host is known to be there, to do this version, and to be
 * free.
 * @throws OptionError that says of which host or camera that is not so.
 */
export async function chooseRigCameras(
  asked: RigCamerasAsked,
  rig: TakeRig,
): Promise<RigPlaces & { readonly chosen: readonly ChosenCamera[] }> {
  try {
    const chosen = await choose(asked, rig);
    const elsewhere = chosen.map(({ host }) => (host === rig.own.name ? undefined : host));
    const at = elsewhere.findIndex((host, i) => host !== undefined && isStock(chosen[i]?.spec ?? ''));
    if (at >= 0) {
      const { host, spec } = chosen[at] as ChosenCamera;
      throw new OptionError('cameras', `${host}/${spec}`, 'a stock camera can be in takes of its own host alone');
    }
    return { chosen, elsewhere, rig };
  } catch (error) {
    await rig.bus.close();
    throw error;
  }
}

async function choose({ cameras, hosts, rpicamVid }: RigCamerasAsked, rig: TakeRig): Promise<readonly ChosenCamera[]> {
  if (typeof cameras === 'number') {
    throw new OptionError('cameras', cameras, 'counts cameras of this host alone: beside {hosts} name them one by one');
  }
  const given = await listed(cameras ?? [], rpicamVid, rig);
  const known = new Set(given.map(({ host = rig.own.name, spec }) => `${host}/${spec}`));
  const all = hosts === false ? [] : hostsAsked(hosts, rig).flatMap((host) => camerasOf(host, hosts === true));
  const chosen = [...given, ...all.filter(({ host, spec }) => !known.has(`${host}/${spec}`))];
  if (chosen.length === 0) throw new OptionError('hosts', undefined, `no host of the rig ${rig.own.rig} has a camera`);
  return nameCameras(chosen);
}

const ofHost = (asked: AskedCamera): AskedCamera & { readonly host?: string } => ({
  ...asked,
  ...splitHost(asked.camera),
});

/** The cameras that were given one by one. */
async function listed(
  cameras: Exclude<CamerasAsked, number>,
  program: string | undefined,
  rig: TakeRig,
): Promise<readonly Nameless[]> {
  const asked = cameras.map((camera, at) => ({ ...ofHost(splitName(camera)), at }));
  const here = asked.filter(({ host }) => host === undefined || host === rig.own.name);
  const own = await givenCameras(
    here.map(({ host: _, ...camera }): GivenCamera => camera),
    program,
  );
  return asked.map((camera) => {
    const { host, name, own: others, at } = camera;
    const place = here.indexOf(camera);
    if (place >= 0) return { ...(own[place] as Nameless), ...(host !== undefined && { host }) };
    const by = { option: named(at), value: `${host}/${camera.camera}` };
    const state = usableHost(host as string, rig, by);
    return { ...cameraOf(state, camera.camera, by), host, ...(name !== undefined && { name }), own: others };
  });
}

/** The camera of a host by its number there, or its spec. */
function cameraOf({ host, cameras }: HostState, asked: string, { option, value }: NamedBy): HostCamera {
  const found = cameras.find(({ number, spec }) => spec === asked || String(number) === asked);
  if (found !== undefined) return found;
  // There are as many of them as can be written; what a path or an address means is for its own host to say.
  const { scheme, program } = backendOf(asked) ?? {};
  if (scheme !== undefined && scheme !== 'libav' && program === undefined)
    return { spec: cameraSpec(asked, [], option), virtual: isVirtual(asked) };
  const there = cameras.map(({ spec }) => `${host}/${spec}`).join(', ') || 'none';
  throw new OptionError(option, value, `${host} has no such camera; there is ${there}`);
}

/** This host is the first: who leads is best beside who records. */
function hostsAsked(hosts: true | readonly string[], rig: TakeRig): readonly HostState[] {
  if (hosts !== true) return hosts.map((name) => usableHost(name, rig, { option: 'hosts', value: name }));
  const own = (name: string): number => Number(name !== rig.own.name);
  const names = [...rig.bus.hosts().keys()].sort((a, b) => own(a) - own(b) || (a < b ? -1 : 1));
  if (names.length === 0) {
    throw new OptionError('hosts', undefined, `no host of the rig ${rig.own.rig} is there; run genlock agent on each`);
  }
  return names.map((name) => usableHost(name, rig, { option: 'hosts', value: name }));
}

function camerasOf({ host, cameras }: HostState, all: boolean): readonly Nameless[] {
  if (cameras.length === 0 && !all) throw new OptionError('hosts', host, 'has no camera');
  return cameras.map(({ spec, number }) => ({ spec, host, ...(number !== undefined && { number }) }));
}

/** @throws OptionError where the host can't record now. */
function usableHost(name: string, { own, bus }: TakeRig, { option, value }: NamedBy): HostState {
  const refuse = (why: string): OptionError => new OptionError(option, value, why);
  const state = bus.hosts().get(name);
  if (state === undefined) {
    const there = [...bus.hosts().keys()].sort().join(', ') || 'none';
    throw refuse(`the rig ${own.rig} has no such host; there is ${there}`);
  }
  const { present, version: theirs, busyWith } = state;
  if (!present) throw refuse(`${name} is gone: see that it is on, on the network, and that genlock agent runs there`);
  if (theirs !== version) throw refuse(`${name} has genlock ${theirs}, this host ${version}: install the same on both`);
  if (busyWith !== undefined) {
    const { take, asker } = busyWith;
    throw refuse(`${name} records the take ${take}, which ${asker} asked for: wait until it is over`);
  }
  return state;
}
